"""`python -m train study`: carry out a declared study and write its table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from train.commands.fit import report
from wbc_edge.errors import UsageError


def command(
    name: Annotated[str, typer.Argument(help="Which study: published.")],
    data: Annotated[Path, typer.Option(help="Folder that holds the sets of cells.")],
    runs: Annotated[Path, typer.Option(help="Folder for the run folders.")] = Path("runs/study"),
    weights: Annotated[
        str,
        typer.Option(
            help="imagenet (Keras downloads them), none, or a folder of weights files; "
            "a network without a file in it starts from random weights."
        ),
    ] = "imagenet",
    budget: Annotated[
        Literal["full", "small"], typer.Option(help="small: fewer epochs, smaller pictures.")
    ] = "full",
    only: Annotated[
        list[str] | None, typer.Option(help="Carry out this row alone. Repeatable.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The table as Markdown, with a JSON file beside it; default: in --runs."),
    ] = None,
) -> None:
    """Train the networks of a study and write one table; what is finished is not done again.

    It can be interrupted at any time: the same command goes on where it stood.

    Example: python -m train study published --data data --budget small --runs runs/study
    """
    from train.study import STUDIES, table
    from train.study.perform import outcomes, perform

    if name not in STUDIES:
        raise UsageError(f"no study '{name}'; there are {', '.join(STUDIES)}")
    entries = STUDIES[name]
    unknown = sorted(set(only or ()) - {entry.name for entry in entries})
    if unknown:
        raise UsageError(
            f"--only {unknown[0]}: no such row; there are {', '.join(e.name for e in entries)}"
        )
    if weights not in ("imagenet", "none") and not Path(weights).is_dir():
        raise UsageError(f"--weights {weights}: neither imagenet nor none nor a folder")
    failures = perform(
        [entry for entry in entries if not only or entry.name in only],
        runs,
        data=data,
        weights=None if weights == "none" else weights,
        budget=budget,
        report=report,
    )
    path = out or runs / f"{name}-{budget}.md"
    table.write(
        outcomes(entries, runs, budget),
        path,
        title=f"The study '{name}', {budget} budget",
        command=f"python -m train study {name} --budget {budget}",
    )
    typer.echo(path)
    for error in failures.values():
        raise error
