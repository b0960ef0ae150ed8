"""The command of `python -m export.report`: parse, call, write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from export.report import document
from export.report.pictures import pictures
from train.console import TYPER, run_command
from wbc_edge import files

app = typer.Typer(**TYPER)


@app.command()
def draw(
    folder: Annotated[Path, typer.Argument(help="That `python -m export` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for the SVG files; made if need be.")],
) -> None:
    """Write the pictures of an export's page as FOLDER-PICTURE.svg."""
    content = document.read(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name, drawn in pictures(content).items():
        path = out / f"{content['name']}-{name}.svg"
        files.replace(path, drawn)
        typer.echo(path)


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)
