"""`python -m train average`: one network out of several."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train.commands.settings import report


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Finished runs of one network; one, with --scale or --size."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Run folder of the average.")],
    scale: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=10,
            help="Side of its view in nuclear diameters.  [default: the last run's]",
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=1, help="Side of its view in pixels.  [default: the last run's]"),
    ] = None,
) -> None:
    """Average the weights of runs that go on from one another, and test the network.

    With --scale it sees cells closer or from further away, with --size in more pixels or fewer,
    which a single run may do, too.

    Example: python -m train average runs/first runs/second --out runs/both
    """
    from train.average import average
    from train.run import Run

    average([Run(run) for run in runs], out, scale=scale, size=size, report=report)
    typer.echo(out)
