"""The command of `python -m export`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wbc_edge.errors import run_command

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Run folder that `python -m train fit` left.")],
    out: Annotated[Path, typer.Option(help="Folder for the model files.")],
    to: Annotated[
        list[str] | None,
        typer.Option(help="Format, repeatable: tflite-float32, tflite-int8, ...; default: all."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Stem of the files' names; default: the run's.")
    ] = None,
    version: Annotated[str, typer.Option(help="Version in the cards.")] = "1.0",
    max_drop: Annotated[float, typer.Option(help="Greatest loss of top-1, in points.")] = 0.5,
    min_agreement: Annotated[
        float | None,
        typer.Option(help="Least share of cells named as Keras does; default: the format's own."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace files that are there.")] = False,
) -> None:
    """Convert a trained network, check every file against it, and write its card into it.

    Example: python -m export runs/edge --to tflite-int8 --to onnx-int8 --out out
    """
    from export.build import export as build
    from export.formats import FORMATS
    from train.run import Run

    build(
        Run(run),
        out,
        name=name or run.resolve().name,
        version=version,
        formats=tuple(to or FORMATS),
        max_drop=max_drop,
        min_agreement=min_agreement,
        overwrite=overwrite,
        report=lambda line: typer.echo(line, err=True),
    )


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)
