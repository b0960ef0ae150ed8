"""`python -m train compare`: networks beside one another on the same cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import sources
from train.commands.settings import Part
from wbc_edge import wording


def command(
    subject: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|MODEL...",
            help="Two or more run folders, .tflite or .onnx files, or names of shipped models.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for comparison.html and comparison.json.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="Cells as [READER:]PATH. Repeatable.  [default: those of the first run]"),
    ] = None,
    part: Part = "test",
    classes: Annotated[
        str | None,
        typer.Option(help="Restrict cells and answers to these classes or a preset: a,b,c."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the split of --data, and of the bootstrap.")
    ] = 0,
    overwrite: Annotated[bool, typer.Option(help="Replace a report that is there.")] = False,
) -> None:
    """Compare networks on the same cells: F1 by class, and paired tests with intervals.

    Example: python -m train compare runs/first edge --data data/pbc --out out/beside
    """
    from train import pages
    from train.evaluation import report
    from train.evaluation.cells import choice
    from train.evaluation.compare import compare
    from train.evaluation.evaluate import gather
    from train.evaluation.subject import open_subject

    pages.refuse_to_replace(out, "comparison", overwrite=overwrite)
    given = [sources.parse(text) for text in data or ()]
    subjects = [open_subject(text) for text in subject]
    chosen = choice(classes, subjects[0].identity.presets)
    cells = gather(subjects[0], given, part=part, classes=chosen, seed=seed)
    comparison = compare(subjects, cells, classes=chosen, seed=seed)
    for side in comparison.parts:
        several = " after Holm" if len(side.pairs) > 1 else ""
        for pair in side.pairs:
            found = pair.accuracy
            typer.echo(
                f"{side.cells.source}, {part}: {pair.second} minus {pair.first}: "
                f"{wording.difference(found.difference)} points of accuracy, "
                f"{found.test}: p = {wording.p_value(pair.p_adjusted)}{several}, "
                f"{found.count} cells",
                err=True,
            )
    for doubt in comparison.doubts:
        typer.echo(f"warning: {doubt}", err=True)
    typer.echo(report.write_comparison(comparison, out))
