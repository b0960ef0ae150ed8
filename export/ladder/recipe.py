"""All that decides an integer file, and what a rung works with to find a better one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train.training import predict
from wbc_edge.runtimes import open_session

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

    from export.quantise import Quantiser
    from train.run import Run


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """One way to write the integer file.

    Attributes:
        quantiser: holds the network in float.
        calibrator: name in `export.quantise.calibrators.CALIBRATORS`.
        biases: what is added to the biases, as `Quantiser.quantise` takes it.
        keep: operators that stay in float.
        note: what was done, for the report.
    """

    quantiser: Quantiser
    calibrator: str
    biases: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    note: str = ""

    @cached_property
    def content(self) -> bytes:
        """The file."""
        return self.quantiser.quantise(
            self.quantiser.ranges(self.calibrator), keep=self.keep, biases=self.biases
        )


class Job:
    """One network and the cells that its rungs may look at, all from the training split."""

    def __init__(
        self,
        run: Run,
        model: keras.Model,
        pixels: NDArray[np.uint8],
        make: Callable[[keras.Model], Quantiser],
    ) -> None:
        self.run = run
        self.model = model
        self.pixels = pixels
        self.make = make
        self._logits = predict(model, pixels)

    def logit_error(self, recipe: Recipe, cells: int | None = None) -> float:
        """How far a recipe's logits lie from those of the Keras network on calibration cells.

        The root of the mean squared difference, as a share of the spread of Keras's logits; what
        a file adds to all logits of a cell alike changes no answer and is left out. With `cells`
        only the first so many are looked at.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"candidate{recipe.quantiser.suffix}")
            path.write_bytes(recipe.content)
            answers = open_session(path).run(self.pixels[:cells])
        ours, theirs = (v - v.mean(1, keepdims=True) for v in (answers, self._logits[:cells]))
        return float(np.sqrt(((ours - theirs) ** 2).mean()) / theirs.std())
