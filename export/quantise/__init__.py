"""Post-training quantisation to 8 bits, the same for both families of formats.

A quantiser holds one network in float with its calibration cells. It knows the ranges of the
activations under every calibrator and writes the integer file as often as is asked for, in a
second or less: with other ranges, with some layers left in float, with corrected biases. What to
ask for is decided elsewhere (`export.ladder`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from export.quantise import statistics
from export.quantise.calibrators import named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from export.quantise.calibrators import Range
    from export.quantise.statistics import Extremes, Histogram, Observe

IntegerType = Literal["uint8", "int8"]


@dataclass(frozen=True, kw_only=True)
class Io:
    """Types of pixels in and logits out, TFLite int8 only; with layers in float both are int8."""

    input: IntegerType = "uint8"
    output: IntegerType = "int8"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Operators that are quantised or left in float together: one with weights and its followers.

    `operators` are the names that `Quantiser.quantise` takes, `bias` the activation that the
    layer's bias moves, None where it has none.
    """

    name: str
    operators: tuple[str, ...]
    bias: str | None


def grouped(operators: Iterable[tuple[str, tuple[str, str | None] | None]]) -> tuple[Layer, ...]:
    """Gathers operators, in the order in which they are computed, into layers.

    Each goes with the last one before it that has weights; those before the first go with that.

    Args:
        operators: name, and `Layer.name` and `Layer.bias` where it has weights.
    """
    layers: list[Layer] = []
    before: list[str] = []
    for operator, weighted in operators:
        if weighted is not None:
            name, bias = weighted
            layers.append(Layer(name=name, operators=(*before, operator), bias=bias))
            before = []
        elif layers:
            layers[-1] = replace(layers[-1], operators=(*layers[-1].operators, operator))
        else:
            before.append(operator)
    return tuple(layers)


class Quantiser(ABC):
    """One network in float, ready to be written in 8 bits.

    What is the same for both families is here; each knows its layers, writes its file, and lets
    its activations be observed.
    """

    suffix: ClassVar[str]
    """Of the files' names."""

    weight_end: ClassVar[int]
    """The integer that the largest weight of a channel becomes; the smallest, its negative."""

    channels: ClassVar[int]
    """The dimension of an activation that holds its channels."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        """Keeps the calibration cells, (N, h, w, 3)."""
        self._pixels = pixels
        # A search by histogram takes a while; files by the dozen are made with its outcome.
        self._ranges: dict[str, dict[str, Range]] = {"min-max": {}}

    @property
    @abstractmethod
    def layers(self) -> tuple[Layer, ...]:
        """The layers in the order in which they are computed."""

    def ranges(self, calibrator: str) -> dict[str, Range]:
        """Activation -> its range by a calibrator of that name; the others keep their extremes."""
        if calibrator not in self._ranges:
            choose = named(calibrator)
            self._ranges[calibrator] = {
                name: choose(histogram) for name, histogram in self._histograms.items()
            }
        return self._ranges[calibrator]

    @abstractmethod
    def quantise(
        self,
        ranges: Mapping[str, Range],
        *,
        keep: Collection[str] = (),
        biases: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> bytes:
        """The integer file.

        Args:
            ranges: activation -> range; others have their extremes.
            keep: operators that stay in float.
            biases: `Layer.bias` -> what is added to that bias (channels,).
        """

    def means(
        self, names: Collection[str], pixels: NDArray[np.uint8], content: bytes | None = None
    ) -> dict[str, NDArray[np.float64]]:
        """Activation -> its mean (channels,) over the cells, in float or in an integer file."""
        observe = self._observe(set(names), content)
        return statistics.means(observe, pixels, channels=self.channels)

    def movable(
        self, names: Collection[str], pixels: NDArray[np.uint8]
    ) -> dict[str, NDArray[np.float64]]:
        """`Layer.bias` -> the share (channels,) of its values, in float, that the bias moves.

        The others lie beyond an end of the rectifier that is one operator with the layer.
        """
        uncut = self._uncut()
        observe = self._observe(set(names))

        def within(cell: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
            for name, values in observe(cell):
                low, high = uncut.get(name, (-np.inf, np.inf))
                yield name, (values > low) & (values < high)

        return statistics.means(within, pixels, channels=self.channels)

    @cached_property
    def _histograms(self) -> dict[str, Histogram]:
        limits = self._limits()
        return statistics.histograms(self._observe(set(limits)), self._pixels, limits)

    @abstractmethod
    def _limits(self) -> Extremes:
        """The extremes of the activations whose ranges are chosen: never those of the logits."""

    def _uncut(self) -> dict[str, Range]:
        """Activation -> the ends beyond which its layer's bias does not move it, if any."""
        return {}

    @abstractmethod
    def _observe(self, names: set[str], content: bytes | None = None) -> Observe:
        """The named activations as real values, of the network in float or in an integer file."""
