"""What ``inverse-rg dream`` does for a .universe file, and ``inverse-rg universe``."""

from __future__ import annotations

from typing import Annotated

import typer


def grow(out: str, kernel: str, size: int, n: int, start: int, seed: int, quiet: bool) -> None:
    """Grow one huge lattice into the file `out`; the arguments of ``inverse-rg dream``."""
    from inverse_rg import universe
    from inverse_rg.kernels import Kernel

    if n != 1:
        raise ValueError(f"n must be 1 for a {universe.ENDING} file, got {n}")
    if start != 1:
        raise ValueError(f"start must be 1 for a {universe.ENDING} file, got {start}")
    grown = universe.grow(Kernel.load(kernel), size, out, rng=seed, progress=not quiet)
    typer.echo(describe(grown))
    typer.echo(f"one configuration of side {size} and all coarser levels are in {out}")


def describe(grown) -> str:
    """Return a line a level: side, m, e, and G at an eighth of the side."""
    lines = [f"{'L':>8} {'m':>9} {'e':>9} {'G(L/8)':>9}"]
    for level, side in enumerate(grown.levels):
        m, e = (sums / side**2 for sums in (grown.magnetisation(level), grown.energy(level)))
        r, values = grown.correlation(level=level)
        eighth = f"{values[r == side // 8][0]:9.5f}" if side >= 8 else ""
        lines.append(f"{side:8d} {m:9.5f} {e:9.5f} {eighth}".rstrip())
    return "\n".join(lines)


def show(
    path: Annotated[str, typer.Argument(help="A .universe file.")],
    out: Annotated[
        str | None, typer.Option(help="Write a window of it: .npy, .nc or .png.")
    ] = None,
    y: Annotated[int, typer.Option(help="Upper row of the window.")] = 0,
    x: Annotated[int, typer.Option(help="Left column of the window.")] = 0,
    size: Annotated[int, typer.Option(help="Side of the window.")] = 512,
    level: Annotated[
        int | None, typer.Option(help="Level 0 is one spin; by default the last.")
    ] = None,
) -> None:
    """Describe a universe, or cut a window out of it."""
    from inverse_rg.cli import _errors

    with _errors():
        from inverse_rg import results, universe

        if out is not None:
            results.check_path(out, results.SPIN_ENDINGS)
        opened = universe.open(path)
        if out is None:
            parameters = ", ".join(f"{value:.5f}" for value in opened.kernel.parameters)
            typer.echo(f"kernel k = {opened.kernel.size} ({parameters}), seed {opened.seed}")
            typer.echo(describe(opened))
        else:
            window = opened.window(y, x, size, size, level)
            results.save_spins(window[None], out, universe=str(path), y=y, x=x)
            typer.echo(f"the window of side {size} is in {out}")
