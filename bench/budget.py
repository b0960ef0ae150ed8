"""How long may a small network take? Shipped models beside MobileNetV2 1.0 at 112 pixels in int8.

That network is what many would put on a small machine; it is built here with random weights, which
take as long as trained ones. All run on one thread in rotating rounds of one process; what is
timed is `Session.run` on one prepared picture, the fastest of a burst, so that other work on the
machine, which can only add time, is left out. That is one look at a cell: what second looks make of
it on the average test cell is told beside it, by the figures of the model's card.
"""

from __future__ import annotations

import math
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from bench.ratios import Figure, Output, Strict, demand, interleaved, ratio, seconds, write
from wbc_edge import figure, synthetic
from wbc_edge.bundle import open_bundle
from wbc_edge.card import Card
from wbc_edge.errors import UsageError
from wbc_edge.measure import device
from wbc_edge.measure.device import Device, Reading
from wbc_edge.runtimes import first_usable, open_session

SCHEMA = "wbc-edge-budget/1"
BUDGETS = ("edge=1.5", "nano=0.25")
SIDE = 112
YARDSTICK = f"MobileNetV2 1.0 at {SIDE} px"
BURST = 20
"""Inferences of which the fastest counts, for each model and round."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The study's result."""

    schema: str = SCHEMA
    rounds: int
    runtimes: dict[str, str]
    device: Device
    before: Reading
    after: Reading
    figures: tuple[Figure, ...]


def command(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL=RATIO]...",
            help=f"Model and the most that it may take.  [default: {' '.join(BUDGETS)}]",
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds.")] = 31,
    output: Output = None,
    strict: Strict = False,
) -> None:
    """Inference time of int8 models over that of MobileNetV2 1.0 at 112 px in int8."""
    budgets = dict(map(_budget, models or BUDGETS))
    result = measure(budgets, rounds=rounds)
    typer.echo("\n".join(one.sentence() for one in result.figures))
    for model, one in zip(budgets, result.figures, strict=True):
        if (looks := mean_looks(open_bundle(model).card)) > 1:
            typer.echo(f"{model}: {looks * one.ratio:.3f} with second looks, {looks:.2f} a cell")
    write(result, output)
    demand(result.figures, strict=strict)


def measure(budgets: dict[str, float], *, rounds: int) -> Budget:
    """Every model, name or file -> greatest ratio, beside the yardstick.

    Raises:
        ModelError, RuntimeUnavailable: a model cannot be used.
    """
    before = device.read()
    takes = []
    for model in budgets:
        bundle = open_bundle(model)
        takes.append(_Take(bundle.path, bundle.card.input.height, bundle.card.input.width))
    with tempfile.TemporaryDirectory(prefix="wbc-edge-budget-") as folder:
        path = Path(folder) / "yardstick.tflite"
        path.write_bytes(yardstick())
        takes.append(_Take(path, SIDE, SIDE))
        *ours, theirs = interleaved(*takes, rounds=rounds)
    return Budget(
        rounds=rounds,
        runtimes={
            name: take.session.runtime
            for name, take in zip((*budgets, YARDSTICK), takes, strict=True)
        },
        device=device.describe(),
        before=before,
        after=device.read(),
        figures=tuple(
            ratio(
                f"{model} over {YARDSTICK}, int8, one thread",
                1e6 * taken,
                1e6 * theirs,
                unit="microseconds",
                target=most,
                sense="at most",
            )
            for (model, most), taken in zip(budgets.items(), ours, strict=True)
        ),
    )


def mean_looks(card: Card) -> float:
    """Runs of the network for the average test cell of the card's first source.

    Turning and scaling the views of further looks is not in it, as no preprocessing is.
    """
    if card.second_look is None:
        return 1.0
    again = next((m.value for m in card.metrics if m.name == figure.LOOKED_AGAIN), 0.0)
    return 1 + again * (card.second_look.turns - 1)


class _Take:
    """The fastest inference of a burst, in seconds."""

    def __init__(self, path: Path, height: int, width: int) -> None:
        cell = synthetic.draw("neutrophil", size=max(height, width))
        self._pixels = cell[np.newaxis, :height, :width]
        self.session = open_session(path, runtime=first_usable(path))

    def __call__(self) -> float:
        self.session.run(self._pixels)  # what the others left in the caches is theirs
        return min(seconds(lambda: self.session.run(self._pixels)) for _ in range(BURST))


def yardstick() -> bytes:
    """MobileNetV2 1.0 for eight classes at 112 × 112 pixels as an int8 TFLite file."""
    import keras

    from export.quantise import Io
    from export.quantise.tflite import TFLiteQuantiser
    from train.zoo import NETWORKS

    keras.utils.set_random_seed(0)
    model = NETWORKS["mobilenet_v2"](
        input_size=(SIDE, SIDE), classes=len(synthetic.LABELS), weights=None
    )
    cells = np.stack([synthetic.draw(label, size=SIDE) for label in synthetic.LABELS])
    return TFLiteQuantiser(model, cells, Io()).quantise({})


def _budget(text: str) -> tuple[str, float]:
    model, _, most = text.rpartition("=")
    with suppress(ValueError):
        if model and 0 < (ratio := float(most)) < math.inf:
            return model, ratio
    raise UsageError(f"{text}: expected MODEL=RATIO, above 0, as in edge=1.5")
