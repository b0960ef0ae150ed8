"""`python -m train tune`: search for better settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from train.commands.settings import configured, report
from train.tune import space


def command(
    out: Annotated[Path, typer.Option(help="Folder of the study; an earlier one is gone on with.")],
    config: Annotated[
        Path | None,
        typer.Option(help="What is not searched, from a .json or .toml file as for fit."),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option(help="Cells as for fit; overrides the file. Repeatable.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any setting as NAME=VALUE, as for fit. Repeatable."),
    ] = None,
    over: Annotated[
        str, typer.Option(help=f"What is searched, separated by commas: {', '.join(space.KNOBS)}.")
    ] = ",".join(space.DEFAULT),
    trials: Annotated[int, typer.Option(min=1, help="Trials in all, earlier ones included.")] = 30,
    pruner: Annotated[
        Literal["median", "asha", "none"], typer.Option(help="asha is successive halving.")
    ] = "median",
) -> None:
    """Search for settings with a better validation accuracy; test cells are not looked at.

    Leaves best.json for `fit --config`, pictures of the search, and every trial's run folder.

    Example: python -m train tune --data data/pbc --out runs/search --set epochs=5
    """
    settings = configured(config, set_ or (), {} if data is None else {"sources": data})
    from train.tune.search import tune

    tune(settings, out, knobs=over.split(","), trials=trials, pruner=pruner, report=report)
