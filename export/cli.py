"""The command of `python -m export`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from export import confidence
from export.calibration import SIZE
from export.gate import MAX_RECALL_DROP, Limits
from train.console import TYPER, run_command
from wbc_edge.card import MOST_TURNS
from wbc_edge.measure.compare import MAX_DROP

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
    version: Annotated[str, typer.Option(help="Version in the cards.")] = "1.0",
    licence: Annotated[str, typer.Option(help="Licence of the files, in the cards.")] = "unstated",
    max_drop: Annotated[
        float,
        typer.Option(min=0, help="Points of top-1 that a file may lose, interval included."),
    ] = MAX_DROP,
    max_recall_drop: Annotated[
        float, typer.Option(min=0, help="Points of recall that any class may lose, as measured.")
    ] = MAX_RECALL_DROP,
    min_agreement: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100,
            help="Per cent of cells named as Keras does.  [default: the format's own]",
        ),
    ] = None,
    calibrator: Annotated[
        Literal["min-max", "percentile", "mse", "entropy"],
        typer.Option(help="Rule for the ranges of int8 activations, on the first rung."),
    ] = "min-max",
    calibration_size: Annotated[int, typer.Option(help="Training cells that calibrate.")] = SIZE,
    calibration_seed: Annotated[int, typer.Option(min=0, help="Of their draw.")] = 0,
    input_type: Annotated[
        Literal["uint8", "int8"], typer.Option(help="Pixels that 8-bit TFLite takes.")
    ] = "uint8",
    output_type: Annotated[
        Literal["uint8", "int8"], typer.Option(help="Logits that 8-bit TFLite gives.")
    ] = "int8",
    climb: Annotated[
        bool, typer.Option(help="Try further rungs where plain int8 loses too much.")
    ] = True,
    risk: Annotated[
        float,
        typer.Option(
            help="Share of errors among answered validation cells that sets the threshold."
        ),
    ] = confidence.RISK,
    turns: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_TURNS,
            help="Turns and mirror images of a doubtful cell that answer together.",
        ),
    ] = confidence.TURNS,
    look_scale: Annotated[
        list[float] | None,
        typer.Option(
            help="Sides of their views, one after the other, in sides of the first, which is 1. "
            f"Repeatable.  [default: {', '.join(f'{scale:g}' for scale in confidence.SCALES)}]"
        ),
    ] = None,
    look_cost: Annotated[
        float,
        typer.Option(
            min=0, help="Runs of the network that they may cost on the average validation cell."
        ),
    ] = confidence.COST,
    overwrite: Annotated[bool, typer.Option(help="Replace files that are there.")] = False,
) -> None:
    """Convert a trained network, check every file against it, and write its card into it.

    Example: python -m export runs/edge --to tflite-int8 --to onnx-int8 --out out
    """
    from export.build import export as build
    from export.parity import Doubt
    from export.quantise import Io
    from train.run import Run

    build(
        Run(run),
        out,
        name=name or run.resolve().name,
        version=version,
        licence=licence,
        to=tuple(to or ()),
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
            scales=tuple(look_scale or confidence.SCALES),
            cost=look_cost,
        ),
        overwrite=overwrite,
        report=lambda line: typer.echo(line, err=True),
    )


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)
