"""What ``inverse-rg campaign`` and ``inverse-rg results`` do."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    help="Run a list of measurements in blocks; stop it at any time, the next run goes on.",
    no_args_is_help=True,
)

List = Annotated[
    str,
    typer.Argument(
        help="A TOML file, or a list of data/campaigns: paper, renormalization, deeper, optimum, "
        "fixed-point or beyond."
    ),
]
Out = Annotated[str, typer.Option(help="Folder of the results and of saved blocks.")]
Number = Annotated[
    str | None, typer.Option("-n", metavar="N", help="Configurations of every task, like 1e4.")
]
Only = Annotated[list[str] | None, typer.Option(help="Do only this task; may be repeated.")]


@app.command(epilog="Example: inverse-rg campaign run paper --out smoke -n 1e4")
def run(
    tasks: List,
    out: Out,
    n: Number = None,
    only: Only = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask scheduler, tcp://...; this machine by default.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Threads; all cores by default.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace other results of the same names.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Do what is missing of a campaign."""
    from inverse_rg.cli import _errors

    with _errors():
        from inverse_rg import campaign

        try:
            found = campaign.run(
                _read(tasks, n, only),
                out,
                scheduler=scheduler,
                workers=workers,
                replace=replace,
                progress=not quiet,
            )
        except KeyboardInterrupt:
            typer.echo(f"stopped; finished blocks are in {out}: the same command goes on", err=True)
            raise typer.Exit(130) from None
        except (ImportError, RuntimeError) as error:
            raise ValueError(error) from error
        typer.echo(f"{len(found)} results are in {out}")


@app.command(epilog="Example: inverse-rg campaign status paper --out data/results")
def status(tasks: List, out: Out, n: Number = None, only: Only = None) -> None:
    """Say how far a campaign is."""
    from inverse_rg.cli import _errors

    with _errors():
        from inverse_rg import campaign
        from inverse_rg.tables import Table

        found = campaign.status(_read(tasks, n, only), out)
        rows = [
            {
                "task": name,
                "saved": f"{saved:,}",
                "of": f"{total:,}",
                "done": f"{saved / total:.0%}",
            }
            for name, (saved, total) in found.items()
        ]
        typer.echo(repr(Table(rows)))


def results(
    folder: Annotated[
        str | None, typer.Argument(help="Folder of results; data/results by default.")
    ] = None,
) -> None:
    """List the results of campaigns; files that cannot be used are named."""
    from inverse_rg.cli import _errors

    with _errors():
        import json

        from inverse_rg import _descriptions, campaign
        from inverse_rg.tables import Table

        rows = [
            {
                "name": name,
                "ensemble": _descriptions.short(json.loads(one.attrs["description"])),
                "measurement": one.attrs["measurement"],
                "n": f"{one.attrs['n']:,}",
                "seed": one.attrs["seed"],
                "date": one.attrs["date"][:10],
            }
            for name, one in campaign.results(folder).items()
        ]
        typer.echo(repr(Table(rows)) if rows else "There are no results.")


def _read(path: str, n: str | None, only: list[str] | None):
    from inverse_rg import _check, campaign
    from inverse_rg.cli import _count

    tasks = campaign.read(path, n=None if n is None else _count(n))
    names = [task.name for task in tasks]
    for name in only or ():
        _check.choice("only", name, names)
    return [task for task in tasks if not only or task.name in only]
