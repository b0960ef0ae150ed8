"""`python -m train evaluate`: how good a network is, in whatever form it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import sources
from train.commands.settings import Part
from train.sources.attributes import check as check_attributes
from train.sources.attributes import read as read_attributes
from wbc_edge.errors import UsageError


def command(
    subject: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|MODEL...",
            help="Run folder, .tflite or .onnx file, or the name of a shipped model.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for evaluation.html and evaluation.json.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="Cells as [READER:]PATH. Repeatable.  [default: those of the run]"),
    ] = None,
    part: Part = "test",
    classes: Annotated[
        str | None,
        typer.Option(help="Restrict cells and answers to these classes or a preset: a,b,c."),
    ] = None,
    attributes: Annotated[
        Path | None,
        typer.Option(
            help="Also judge by attributes of the cells: a WBCAtt folder, or a .csv table with a "
            "column 'file' and one per attribute (stain, scanner, ...)."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the split of --data, and of the bootstrap.")
    ] = 0,
    overwrite: Annotated[bool, typer.Option(help="Replace a report that is there.")] = False,
) -> None:
    """Judge networks by cells that they have not seen: figures with intervals, plots, a report.

    Several networks get a folder each in --out.

    Example: python -m train evaluate runs/first --out out/first
    """
    from train import pages
    from train.evaluation import report
    from train.evaluation.cells import choice
    from train.evaluation.compare import unique_names
    from train.evaluation.evaluate import evaluate, gather
    from train.evaluation.subject import open_subject

    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; --out names a folder")
    known = {} if attributes is None else read_attributes(attributes)
    given = [sources.parse(text) for text in data or ()]
    subjects = [open_subject(text) for text in subject]
    folders = (
        [out]
        if len(subjects) == 1
        else [out / name.replace("/", "-") for name in unique_names(subjects)]
    )
    for folder in folders:
        pages.refuse_to_replace(folder, "evaluation", overwrite=overwrite)
    tasks = []
    for judged in subjects:  # all of them, before any is judged: that may take minutes
        chosen = choice(classes, judged.identity.presets)
        cells = gather(judged, given, part=part, classes=chosen, seed=seed)
        if attributes is not None:
            check_attributes(known, [s for one in cells for s in one.samples], attributes)
        tasks.append((judged, chosen, cells))
    for (judged, chosen, cells), folder in zip(tasks, folders, strict=True):
        evaluation = evaluate(judged, cells, classes=chosen, known=known, seed=seed)
        for item in evaluation.parts:
            found = item.figures.accuracy
            typer.echo(
                f"{judged.identity.name}, {item.cells.source}, {part}: accuracy "
                f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}], {item.figures.count} "
                f"cells, {item.figures.independent} independent",
                err=True,
            )
        for doubt in evaluation.doubts:
            typer.echo(f"warning: {doubt}", err=True)
        typer.echo(report.write(evaluation, folder))
