"""The command of `python -m export`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from export.confidence import Doubt
from export.gate import Limits
from export.options import Options
from export.quantise import IntegerType, Io
from export.quantise.calibrators import Name
from train.console import TYPER, run_command
from wbc_edge.card import MOST_TURNS

app = typer.Typer(**TYPER)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Run folder that `python -m train fit` left.")],
    out: Annotated[Path, typer.Option(help="Folder for the model files.")],
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="Format, as tflite-int8, onnx-float16, ..., or all. Repeatable.  "
            "[default: what a device wants]"
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Stem of the files' names.  [default: the run's]")
    ] = None,
    version: Annotated[str, typer.Option(help="Version in the cards.")] = Options.version,
    licence: Annotated[
        str, typer.Option(help="Licence of the files, in the cards.")
    ] = Options.licence,
    max_drop: Annotated[
        float,
        typer.Option(min=0, help="Points of top-1 that a file may lose, interval included."),
    ] = Options.limits.max_drop,
    max_recall_drop: Annotated[
        float, typer.Option(min=0, help="Points of recall that any class may lose, as measured.")
    ] = Options.limits.max_recall_drop,
    min_agreement: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100,
            help="Per cent of cells named as Keras does.  [default: the format's own]",
        ),
    ] = Options.limits.min_agreement,
    calibrator: Annotated[
        Name, typer.Option(help="Rule for the ranges of int8 activations, on the first rung.")
    ] = Options.calibrator,
    calibration_size: Annotated[
        int, typer.Option(help="Training cells that calibrate.")
    ] = Options.calibration_size,
    calibration_seed: Annotated[
        int, typer.Option(min=0, help="Of their draw.")
    ] = Options.calibration_seed,
    input_type: Annotated[
        IntegerType, typer.Option(help="Pixels that 8-bit TFLite takes.")
    ] = Options.io.input,
    output_type: Annotated[
        IntegerType, typer.Option(help="Logits that 8-bit TFLite gives.")
    ] = Options.io.output,
    climb: Annotated[
        bool, typer.Option(help="Try further rungs where plain int8 loses too much.")
    ] = Options.climb,
    risk: Annotated[
        float,
        typer.Option(
            help="Share of errors among answered validation cells that sets the threshold."
        ),
    ] = Options.doubt.risk,
    turns: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_TURNS,
            help="Turns and mirror images of a doubtful cell that answer together.",
        ),
    ] = Options.doubt.turns,
    look_scale: Annotated[
        list[float] | None,
        typer.Option(
            help="Sides of their views, one after the other, in sides of the first, which is 1. "
            f"Repeatable.  [default: {', '.join(f'{scale:g}' for scale in Options.doubt.scales)}]"
        ),
    ] = None,
    look_cost: Annotated[
        float,
        typer.Option(
            min=0, help="Runs of the network that they may cost on the average validation cell."
        ),
    ] = Options.doubt.cost,
    overwrite: Annotated[bool, typer.Option(help="Replace files that are there.")] = False,
) -> None:
    """Convert a trained network, check every file against it, and write its card into it.

    Example: python -m export runs/edge --to tflite-int8 --to onnx-int8 --out out
    """
    from export.build import export as build
    from train.run import Run

    build(
        Run(run),
        out,
        Options(
            name=name or run.resolve().name,
            version=version,
            licence=licence,
            limits=Limits(
                max_drop=max_drop, max_recall_drop=max_recall_drop, min_agreement=min_agreement
            ),
            calibrator=calibrator,
            calibration_size=calibration_size,
            calibration_seed=calibration_seed,
            io=Io(input=input_type, output=output_type),
            climb=climb,
            doubt=Doubt(
                risk=risk,
                turns=turns,
                scales=tuple(look_scale or Options.doubt.scales),
                cost=look_cost,
            ),
        ),
        to=tuple(to or ()),
        overwrite=overwrite,
        report=lambda line: typer.echo(line, err=True),
    )


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)
