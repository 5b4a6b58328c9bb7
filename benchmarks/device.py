"""Time dreaming and measuring on a torch device, from a plain checkout with numpy and torch alone.

    python benchmarks/device.py                  a GPU where there is one, else the processor
    python benchmarks/device.py --device cpu     the processor
    python benchmarks/device.py --quick          tiny sizes, to try the code; nothing is written

Each row grows lattices from one spin and measures M, E, the moments and P(m) at every size. It
says how many configurations a second that makes, and what part of the device's own limit: its
matrix products for fields that are evaluated, its memory for fields that are looked up. Both limits
are measured here. Where Numba is installed the packed kernels run beside it. The record goes to
benchmarks/results/device/NAME.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lib"))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from inverse_rg import _device, _files, _optional, models  # noqa: E402
from inverse_rg.device_measurement import measure_moments  # noqa: E402
from inverse_rg.ensembles import Dream  # noqa: E402
from inverse_rg.kernels import Kernel  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"
FORMAT, VERSION = "inverse_rg device benchmark", 1
SIDE, QUICK_SIDE = 128, 16


def works(side: int) -> dict[str, Dream]:
    """Return the dreams that are timed; random weights take as long as trained ones."""
    narrow, wide = models.TwoLayer(3, rng=1), models.TwoLayer(7, rng=1)
    return {
        "k = 3": Dream(Kernel.load("k3"), side),
        "k = 7": Dream(Kernel.load("k7"), side),
        "two-layer k = 3": Dream(narrow, side),
        "two-layer k = 7": Dream(wide, side, start=Dream(narrow, 4)),
    }


def run(ensemble: Dream, n: int) -> None:
    """Measure on a GPU, and wait for the end; the sums are fetched, so that all is done."""
    measure_moments(ensemble, n, rng=6, device="cuda")


def cost(ensemble: Dream) -> tuple[float, float]:
    """Return what one configuration costs at the least: multiplications and additions, and bytes.

    A spin is written once and read three times (by the next level, for M and for E) as one byte;
    its random number and its probability are float32, written and read once.
    """
    operations = bytes_moved = 0.0
    for size in ensemble.sizes:
        bytes_moved += 20.0 * size**2
        model = ensemble.kernel
        if isinstance(model, models.TwoLayer) and model.size > 3 and size > 4:
            width = 2 * ((model.size // 2 + 1) // 2) + 1
            products = 4 * model.channels * width**2 * (1 + 4)  # a cell's two matrix products
            operations += 2.0 * products * (size / 2) ** 2
    return operations, bytes_moved


def limits(device: torch.device, quick: bool) -> dict[str, float]:
    """Measure what the device reaches: float32 products a second, and bytes a second."""
    side = 256 if quick else 4096
    one = torch.rand(side, side, device=device)
    seconds = best(lambda: one @ one, device, 2 if quick else 5)
    big = torch.rand((1 << 20) if quick else (1 << 27), device=device)
    other = torch.empty_like(big)
    copying = best(lambda: other.copy_(big), device, 2 if quick else 5)
    return {"flops": 2.0 * side**3 / seconds, "bytes": 2.0 * big.numel() * 4 / copying}


def best(run, device: torch.device, repeats: int) -> float:
    """Return the least seconds of some calls; one more goes before, untimed."""
    run()
    times = []
    for _ in range(repeats):
        synchronise(device)
        start = time.perf_counter()
        run()
        synchronise(device)
        times.append(time.perf_counter() - start)
    return min(times)


def synchronise(device: torch.device) -> None:
    """Wait until a GPU has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure(device: torch.device, quick: bool, repeats: int) -> dict[str, object]:
    """Time every work, print each row as it comes, and return the record."""
    reached = limits(device, quick)
    record: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "device": name_of(device),
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "threads": torch.get_num_threads(),
        "limits": reached,
        "rows": [],
    }
    print(
        f"{record['device']}: {reached['flops'] / 1e9:.0f} GFLOP/s in float32, "
        f"{reached['bytes'] / 1e9:.0f} GB/s"
    )
    rows: list[dict[str, object]] = []
    record["rows"] = rows
    for name, ensemble in works(QUICK_SIDE if quick else SIDE).items():
        rows.append(row(name, ensemble, device, reached, quick, repeats))
        print(line(rows[-1]), flush=True)
    return record


def row(name, ensemble, device, reached, quick, repeats) -> dict[str, object]:
    """Time one work on the device, and on the packed kernels where they can be had."""
    heavy = name == "two-layer k = 7"
    n = 128 if quick else number(device, heavy)
    seconds = best(lambda: measure_moments(ensemble, n, rng=6, device=device), device, repeats)
    operations, moved = cost(ensemble)
    by_products = operations / reached["flops"] > moved / reached["bytes"]
    least = max(operations / reached["flops"], moved / reached["bytes"])
    found: dict[str, object] = {
        "work": f"dreams 1 to {ensemble.size}, {name}, m, e, moments and P(m) at every size",
        "configurations": n,
        "per_second": n / seconds,
        "limit": "products" if by_products else "memory",
        "fraction_of_limit": least * n / seconds,
        "packed_per_second": None,
    }
    if _optional.has("numba") and _optional.has("xarray"):
        from inverse_rg.measurement import measure as measure_packed

        m = 128 if quick else (1024 if heavy else 16_384)
        packed = best(lambda: measure_packed(ensemble, m, rng=6), torch.device("cpu"), repeats)
        found["packed_per_second"] = m / packed
    return found


def number(device: torch.device, heavy: bool) -> int:
    """Return configurations enough to time: about seconds."""
    if device.type == "cpu":
        return 256 if heavy else 2048
    return 8192 if heavy else 262_144


def line(found: dict) -> str:
    """Return one row of the table."""
    packed = found["packed_per_second"]
    beside = "" if packed is None else f", compiled on the processor {packed:,.0f}"
    return (
        f"{found['work']:<70} {found['per_second']:>12,.0f} configurations/s, "
        f"{100 * found['fraction_of_limit']:.1f} % of the limit ({found['limit']}){beside}"
    )


def name_of(device: torch.device) -> str:
    """Return the name of a GPU, or of the processor."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for text in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 if the device or the record is no good."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; by default a GPU")
    parser.add_argument("--out", type=Path, help="the record; by default one a device")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of each work")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to try the code")
    options = parser.parse_args(arguments)
    if options.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {options.repeats}")
    try:
        device = _device.choose_device(options.device)
        record = measure(device, options.quick, options.repeats)
        out = options.out
        if out is None and not options.quick:
            slug = re.sub(r"[^a-z0-9]+", "-", str(record["device"]).lower()).strip("-")
            RESULTS.joinpath("device").mkdir(exist_ok=True)
            out = RESULTS / "device" / f"{slug}.json"
        if out is not None:
            _files.write_text(out, json.dumps(record, indent=1) + "\n")
            print(f"written to {out.name}")
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
