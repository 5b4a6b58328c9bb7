"""The command ``inverse-rg``: sample, train, dream and measure, each into one file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Annotated

import typer

from inverse_rg import cli_campaign, cli_universe

app = typer.Typer(
    help="Dream up scale invariance: critical Ising configurations from one spin.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def _count(text: str) -> int:
    """Read a whole number that may be written as 1e6."""
    try:
        value = float(text)
        if value != int(value):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"must be a whole number, like 1000 or 1e6, got {text!r}"
        ) from error
    return int(value)


@contextmanager
def _errors():
    """Turn the package's own errors into one line and exit code 1."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        typer.echo(f"inverse-rg: {error}", err=True)
        raise typer.Exit(1) from error


Number = Annotated[
    int, typer.Option("-n", parser=_count, metavar="N", help="Configurations, like 1000 or 1e6.")
]
Size = Annotated[int, typer.Option(help="Side of the lattice.")]
Seed = Annotated[int, typer.Option(help="Seed of all random streams.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar.")]
KernelName = Annotated[str, typer.Option(help="A bundled kernel (k3, k5, ...) or a JSON file.")]
Start = Annotated[
    int, typer.Option(help="Side of critical Monte Carlo starts; 1 is a random spin.")
]


@app.command(epilog="Example: inverse-rg sample --size 64 -n 1000 --seed 1 --out spins.npy")
def sample(
    out: Annotated[str, typer.Option(help="Result: .npy, .nc or .png.")],
    size: Size = 64,
    n: Number = 100,
    coupling: Annotated[
        float | None, typer.Option(help="K of H = -K sum s_i s_j; critical by default.")
    ] = None,
    sweeps: Annotated[int, typer.Option(help="Sweeps between configurations.")] = 5,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Draw Ising configurations by Swendsen-Wang."""
    with _errors():
        from inverse_rg import results
        from inverse_rg.ensembles import Ising
        from inverse_rg.ising import K_CRITICAL

        results.check_path(out, results.SPIN_ENDINGS)
        ensemble = Ising(size, K_CRITICAL if coupling is None else coupling, sweeps)
        spins = _draw(ensemble, n, seed, quiet)
        results.save_spins(spins, out, ensemble=repr(ensemble), seed=seed)
        typer.echo(f"{n} configurations of side {size} are in {out}")


@app.command(
    epilog="Example: inverse-rg train --size 3 --training-size 32 -n 1e5 --out kernel.json"
)
def train(
    out: Annotated[str, typer.Option(help="Result: a kernel, .json.")],
    size: Annotated[int, typer.Option(help="Kernel size k: 3, 5 or 7.")] = 3,
    training_size: Annotated[int, typer.Option(help="Side L_t of the training lattices.")] = 32,
    n: Number = 10_000,
    weighted: Annotated[
        bool, typer.Option("--weighted", help="The literal weights w_a of Eq. (13).")
    ] = False,
    method: Annotated[
        str, typer.Option(help="newton (the exact optimum) or adamw (as the paper).")
    ] = "newton",
    epochs: Annotated[int, typer.Option(help="Passes through the sample, for adamw.")] = 20,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a single-layer kernel to critical Monte Carlo configurations."""
    with _errors():
        from inverse_rg import _check, results
        from inverse_rg.ensembles import Ising
        from inverse_rg.kernels import offset_classes

        results.check_path(out, results.KERNEL_ENDINGS)
        _check.choice("method", method, ("newton", "adamw"))
        _check.integer("epochs", epochs, minimum=1)
        offset_classes(size)
        if method == "newton":
            _check.choice("size", size, (1, 3, 5, 7))
        if training_size % 2:
            raise ValueError(f"training-size must be even to be blocked, got {training_size}")
        spins = _draw(Ising(training_size), n, seed, quiet)
        kernel = _fit(spins, size, weighted, method, epochs, seed, quiet)
        kernel.save(out)
        typer.echo(f"parameters {', '.join(f'{value:.5f}' for value in kernel.parameters)}")
        typer.echo(f"the kernel is in {out}")


@app.command(
    epilog="Example: inverse-rg dream --kernel k3 --size 256 -n 4 --seed 5 --out dream.png"
)
def dream(
    out: Annotated[str, typer.Option(help="Result: .npy, .nc, .png or .universe.")],
    kernel: KernelName = "k3",
    size: Size = 128,
    n: Number = 1,
    start: Start = 1,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Grow configurations by upscaling, or one huge lattice (.universe)."""
    with _errors():
        from inverse_rg import results

        if out.endswith(".universe"):
            cli_universe.grow(out, kernel, size, n, start, seed, quiet)
            return
        results.check_path(out, (*results.SPIN_ENDINGS, ".universe"))
        ensemble = _dream(kernel, size, start)
        spins = _draw(ensemble, n, seed, quiet)
        results.save_spins(spins, out, ensemble=repr(ensemble), seed=seed)
        typer.echo(f"{n} configurations of side {size} are in {out}")


@app.command(epilog="Example: inverse-rg measure --kernel k3 --size 128 -n 1e5 --out k3.nc")
def measure(
    out: Annotated[str, typer.Option(help="Result: .nc, .json or .png.")],
    kernel: Annotated[
        str | None, typer.Option(help="A bundled kernel or a JSON file; without it, Monte Carlo.")
    ] = None,
    size: Size = 128,
    n: Number = 10_000,
    start: Start = 1,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Measure e, chi, c, c_me, U4 and P(m) with error bars."""
    with _errors():
        from inverse_rg import results
        from inverse_rg.ensembles import Ising
        from inverse_rg.measurement import measure as measure_ensemble

        results.check_path(out, results.MEASUREMENT_ENDINGS)
        ensemble = Ising(size) if kernel is None else _dream(kernel, size, start)
        dataset = measure_ensemble(ensemble, n, rng=seed, progress=not quiet)
        results.save_measurement(dataset, out)
        typer.echo(_summary(dataset))
        typer.echo(f"the measurement is in {out}")


def _dream(kernel: str, size: int, start: int):
    from inverse_rg import _check
    from inverse_rg.ensembles import Dream, Ising
    from inverse_rg.kernels import Kernel

    _check.integer("start", start, minimum=1)
    return Dream(Kernel.load(kernel), size, None if start == 1 else Ising(start))


def _draw(ensemble, n: int, seed: int, quiet: bool):
    """Draw in one call, telling how far it is."""
    import numpy as np

    from inverse_rg import _blocks, _check

    _check.integer("n", n, minimum=1)
    from tqdm import tqdm

    sizes = _blocks.block_sizes(n)
    spins = np.empty((n, ensemble.size, ensemble.size), np.int8)
    first = 0

    def task(count, stream):
        before = stream.spawn_key[-1] * sizes[0]
        return ensemble.draw_levels(count, stream, before)[ensemble.size]

    with tqdm(total=n, unit="configuration", desc=ensemble.label, disable=quiet) as bar:
        for part in _blocks.run(task, n, seed):
            spins[first : first + len(part)] = part
            first += len(part)
            bar.update(len(part))
    return spins


def _fit(spins, size: int, weighted: bool, method: str, epochs: int, seed: int, quiet: bool):
    if method == "newton":
        from inverse_rg.optimum import count_patterns, fit

        patterns = count_patterns(spins, window=(size + 1) // 2, rng=seed)
        return fit(patterns, size, weighted=weighted)
    from inverse_rg.models import SingleLayer
    from inverse_rg.training import train as train_model

    model, _ = train_model(
        spins, SingleLayer(size), rng=seed, weighted=weighted, epochs=epochs, progress=not quiet
    )
    return model.kernel


def _summary(dataset) -> str:
    from inverse_rg.observables import OBSERVABLES
    from inverse_rg.statistics import Estimate
    from inverse_rg.tables import Table, number, statistics

    rows = []
    for size in dataset["size"].values.tolist():
        at = dataset.sel(size=size)
        cells = {
            name: number(Estimate(float(at[name]), float(at[f"{name}_error"])))
            for name in OBSERVABLES
        }
        rows.append({"L": size, **cells})
    return repr(Table(rows, statistics(dataset)))


app.add_typer(cli_campaign.app, name="campaign")
app.command(epilog="Example: inverse-rg results data/results")(cli_campaign.results)


app.command(name="universe")(cli_universe.show)

if __name__ == "__main__":
    app()
