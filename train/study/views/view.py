"""A way to show cells to a network, and a network that is shown them so."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train import pixels
from train.config import at_scale
from train.evaluation.subject import Answers, AskedOtherwise, Identity, KerasSubject
from train.study.views.colours import AS_IS, CHANGES
from wbc_edge import looks, wording
from wbc_edge.card import SecondLook
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.sources.sample import Sample
    from train.study.views.colours import Change

TURNS = (1, 2, 4, 8)
"""As it is; with its mirror image; a quarter turn of both as well; all quarter turns of both."""


@dataclass(frozen=True, kw_only=True)
class View:
    """How cells are shown.

    Attributes:
        scale: side of the view, in nuclear diameters; see `wbc_edge.framing`.
        turns: how many of a square's turns and mirror images are shown, one of `TURNS`; the answer
            is the mean of theirs.
        below: confidence below which more than the first of them is shown; None is always.
        look_scales: sides of the turns' views, one after the other, in sides of the first.
        colours: what is done to them, one of `train.study.views.colours.CHANGES`.
    """

    scale: float
    turns: int = 1
    below: float | None = None
    look_scales: tuple[float, ...] = (1.0,)
    colours: str = AS_IS

    def __str__(self) -> str:
        text = f"{self.scale:g} diameters"
        if self.turns > 1:
            text += f", {self.turns} turns{wording.at_scales(self.look_scales)}"
            text += "" if self.below is None else f" where below {self.below:g}"
        return text if self.colours == AS_IS else f"{text}, colours by {self.colours}"

    @property
    def second_look(self) -> SecondLook | None:
        """The same as a card would say it."""
        if self.turns == 1:
            return None
        below = 1.0 if self.below is None else self.below
        return SecondLook(turns=self.turns, below=below, scales=self.look_scales)


SCALES = (1.4, 1.6, 1.8, 2.0, 2.2, 2.6)
"""What is tried where nothing is asked for."""


def combinations(
    scales: Sequence[float] = SCALES,
    *,
    turns: Sequence[int] = (1,),
    below: float | None = None,
    look_scales: Sequence[float] = (),
    colours: Sequence[str] = (AS_IS,),
) -> list[View]:
    """Views of every scale with every number of turns in every colour.

    Args:
        scales, turns, colours: of views; see `View`.
        below: of those of several turns.
        look_scales: of more of these, beside those whose turns have one size.

    Raises:
        UsageError: turns or colours that there are not, or settings of several turns without such.
    """
    for number in turns:
        if number not in TURNS:
            raise UsageError(f"--turns {number}: choose {', '.join(map(str, TURNS))}")
    for name in colours:
        if name not in CHANGES:
            raise UsageError(f"--colours {name}: choose {', '.join(CHANGES)}")
    if below is not None and max(turns) == 1:
        raise UsageError("--below says when more turns are shown: it needs --turns above 1")
    if look_scales and (look_scales[0] != 1 or set(look_scales) == {1} or max(turns) == 1):
        raise UsageError("--look-scale: the first is 1, another not, and it needs --turns above 1")

    def sizes(number: int) -> list[tuple[float, ...]]:
        several = look_scales and number > 1
        return [(1.0,), tuple(look_scales[:number])] if several else [(1.0,)]

    return [
        View(
            scale=scale,
            turns=number,
            below=below if number > 1 else None,
            look_scales=each,
            colours=name,
        )
        for name in colours
        for number in turns
        for each in sizes(number)
        for scale in scales
    ]


class ViewedSubject(AskedOtherwise):
    """A training run's best network that is shown cells in another way than it was trained with."""

    def __init__(self, subject: KerasSubject, view: View, known: Sequence[Sample]) -> None:
        """Takes cells that the network knows, for colours to be brought to theirs."""
        super().__init__(subject)
        self._view = view
        self._known = known

    @property
    def identity(self) -> Identity:
        known = super().identity
        return replace(known, input=at_scale(known.input, self._view.scale))

    @cached_property
    def _change(self) -> Change | None:
        """What is done to the colours of views; the known cells are looked at once."""
        to_known = CHANGES[self._view.colours]
        if to_known is None:
            return None
        with tempfile.TemporaryDirectory(prefix="wbc-edge-views-") as folder:
            return to_known(pixels.load(self._known, self.identity.input, Path(folder)))

    def answers(self, samples: Sequence[Sample], labels: Sequence[str]) -> Answers:
        def ask(laid: NDArray[np.uint8]) -> NDArray[np.float64]:
            return self._subject.probabilities(laid, labels)

        with tempfile.TemporaryDirectory(prefix="wbc-edge-views-") as folder:
            views = pixels.load(samples, self.identity.input, Path(folder))
            if self._change is not None:
                views = self._change(views)
            refused = np.zeros(len(samples), dtype=bool)
            said, _ = looks.look_again(views, ask(views), refused, self._view.second_look, ask)
        return Answers(probabilities=said, refused=refused)
