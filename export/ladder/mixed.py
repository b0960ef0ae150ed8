"""Fourth rung: the most sensitive layers stay in float, the others are integers.

Which layers are sensitive is measured: each is brought back to float by itself, and what that gains
in closeness to Keras is its sensitivity. An activation escapes quantisation only where its writer
and its reader are both in float, so layers are tried in pairs of neighbours. Costs speed and size
on the device, and more with every border between float and integer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from export.ladder.recipe import Job, Recipe
from export.quantise import Layer

CELLS = 48
"""Calibration cells that a sensitivity is measured on."""

LARGEST_SHARE = 0.5
"""Of the layers; a file with more of them in float is no integer file any more."""


def recipes(start: Recipe, job: Job) -> Iterator[Recipe]:
    """One, two, four ... of the most sensitive pairs in float, up to half of the layers."""
    # Corrected biases belong to the errors that layers in float no longer make.
    start = replace(start, biases={}, note=f"ranges by {start.calibrator}")
    layers = start.quantiser.layers
    errors = [
        job.logit_error(replace(start, keep=_operators(layers[first : first + 2])), CELLS)
        for first in range(len(layers) - 1)
    ]
    ranked = sorted(range(len(errors)), key=errors.__getitem__)
    pairs = 1
    while pairs <= len(ranked):
        numbers = sorted({n for first in ranked[:pairs] for n in (first, first + 1)})
        if len(numbers) > max(2, LARGEST_SHARE * len(layers)):
            return
        kept = tuple(layers[number] for number in numbers)
        yield replace(
            start,
            keep=_operators(kept),
            note=f"{start.note}; {len(kept)} of {len(layers)} layers in float: "
            + ", ".join(layer.name for layer in kept),
        )
        pairs *= 2


def _operators(layers: tuple[Layer, ...]) -> tuple[str, ...]:
    return tuple(name for layer in layers for name in layer.operators)
