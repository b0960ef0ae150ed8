"""A way to show cells to a network, and a network that is shown them so."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train import pixels
from train.evaluation.subject import Answers, Identity, KerasSubject, Knowledge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.sources.sample import Sample

TURNS = (1, 2, 8)
"""As it is; with its mirror image; all quarter turns of both."""


@dataclass(frozen=True, kw_only=True)
class View:
    """How cells are shown.

    Attributes:
        scale: side of the view, in nuclear diameters; see `wbc_edge.framing`.
        turns: how many of a square's turns and mirror images are shown, one of `TURNS`; the answer
            is the mean of theirs.
    """

    scale: float
    turns: int = 1

    def __str__(self) -> str:
        return f"{self.scale:g} diameters" + (f", {self.turns} turns" if self.turns > 1 else "")


def turned(views: NDArray[np.uint8], turns: int) -> list[NDArray[np.uint8]]:
    """The first `turns` of the eight ways to lay square views (N, h, h, 3), mirror images next."""
    laid = (np.rot90(views, quarter, axes=(1, 2)) for quarter in range(4))
    both = [each for one in laid for each in (one, one[:, :, ::-1])]
    return [np.ascontiguousarray(each) for each in both[:turns]]


class ViewedSubject:
    """A training run's best network that is shown cells in another way than it was trained with."""

    def __init__(self, subject: KerasSubject, view: View) -> None:
        self._subject = subject
        self._view = view

    @property
    def identity(self) -> Identity:
        known = self._subject.identity
        framing = replace(known.input.framing, scale=self._view.scale)
        return replace(known, input=replace(known.input, framing=framing))

    @property
    def knowledge(self) -> Knowledge:
        return self._subject.knowledge

    @property
    def history(self) -> Sequence[Mapping[str, float]]:
        return self._subject.history

    def answers(self, samples: Sequence[Sample]) -> Answers:
        with tempfile.TemporaryDirectory(prefix="wbc-edge-views-") as folder:
            views = pixels.load(samples, self.identity.input, Path(folder))
            said = [self._subject.probabilities(each) for each in turned(views, self._view.turns)]
        return Answers(
            probabilities=np.mean(said, axis=0), refused=np.zeros(len(samples), dtype=bool)
        )
