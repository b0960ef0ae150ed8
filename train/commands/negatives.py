"""`python -m train negatives`: pictures without a white cell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import sources
from train.negatives import COUNT


def command(
    out: Annotated[Path, typer.Option(help="Folder to make: PART/KIND/*.webp.")],
    data: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DIR...]", help="Cells and fields to cut from: [READER:]PATH."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Training pictures of each kind.")] = COUNT,
    seed: Annotated[int, typer.Option(min=0, help="Of draws and of the sources' split.")] = 0,
    folds: Annotated[
        int | None, typer.Option(help="Part the cells by so many folds, as `fit` is told to.")
    ] = None,
    fold: Annotated[int, typer.Option(min=1, help="Which of the folds is tested on.")] = 1,
) -> None:
    """Make pictures that show no white cell: what networks learn doubt from and are judged by.

    Example: python -m train negatives data/pbc bccd:data/bccd --out out/negatives
    """
    from train.negatives.build import build

    given = [sources.parse(text) for text in data or ()]
    written = build(given, out, count=count, seed=seed, folds=folds, fold=fold)
    typer.echo(f"{out}: {written:,} pictures", err=True)
