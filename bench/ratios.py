"""Two things measured side by side within one run: their ratio, its interval and its target."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import typer

from wbc_edge import files
from wbc_edge.errors import GateFailed
from wbc_edge.measure.intervals import fewest_for_median, median
from wbc_edge.measure.rounds import rotating
from wbc_edge.text import encodable

Outcome = Literal["passed", "undecided", "failed"]
WORDS: dict[Outcome, str] = {"passed": "PASS", "undecided": "UNDECIDED", "failed": "FAIL"}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A ratio with its 95 % interval over rounds, and what it is made of (medians).

    Of fewer rounds than `fewest_for_median` low and high are but the range, which decides nothing.
    """

    name: str
    rounds: int
    ratio: float
    low: float
    high: float
    target: float
    sense: Literal["at most", "at least"]
    ours: float
    theirs: float
    unit: str

    @property
    def outcome(self) -> Outcome:
        """Whether the whole interval keeps the target, none of it, or a part."""
        if self.rounds < fewest_for_median():
            return "undecided"
        low, high, target = self.low, self.high, self.target
        if self.sense == "at least":
            low, high, target = -high, -low, -target
        if high <= target:
            return "passed"
        return "failed" if low > target else "undecided"

    @property
    def passed(self) -> bool:
        """Whether the rounds show that the target is kept: an interval beyond it shows nothing."""
        return self.outcome == "passed"

    def sentence(self) -> str:
        """One line for the terminal."""
        return (
            f"{WORDS[self.outcome]}  {self.name}: {self.ratio:.3f} "
            f"({self.low:.3f} to {self.high:.3f}), {self.sense} {self.target:g}; "
            f"{self.ours:.1f} {self.unit} beside {self.theirs:.1f} {self.unit}"
        )


def ratio(
    name: str,
    ours: np.ndarray,
    theirs: np.ndarray,
    *,
    unit: str,
    target: float,
    sense: Literal["at most", "at least"],
) -> Figure:
    """The median of ours over theirs, round by round, both of shape (rounds,)."""
    estimate = median(ours / theirs)
    return Figure(
        name=name,
        rounds=len(ours),
        ratio=estimate.value,
        low=estimate.low,
        high=estimate.high,
        target=target,
        sense=sense,
        ours=float(np.median(ours)),
        theirs=float(np.median(theirs)),
        unit=unit,
    )


def interleaved(*takes: Callable[[], float], rounds: int) -> tuple[np.ndarray, ...]:
    """(rounds,) of each, in rotating order; one more round goes before and is not counted."""
    taken = np.zeros((rounds + 1, len(takes)))
    for number, turn in enumerate(rotating(range(len(takes)), rounds + 1)):
        for at in turn:
            taken[number, at] = takes[at]()
    return tuple(taken[1:].T)


def _writable(path: Path | None) -> Path | None:
    """Finds out before the minutes of a study whether its result can be written."""
    if path is not None:
        files.check_writable(path)
    return path


Output = Annotated[
    Path | None,
    typer.Option(help="Also write the result to this JSON file.", callback=_writable),
]
"""The option of a study that names a file for `write`."""


Strict = Annotated[
    bool, typer.Option(help="End with exit code 3 if a target is not shown to be met.")
]
"""The option of a study that names what `demand` is to do."""


class Aim(Protocol):
    """A figure that is to reach something, or a check."""

    @property
    def passed(self) -> bool:
        """Whether it does."""

    def sentence(self) -> str:
        """One line for the terminal."""


def demand(aims: Iterable[Aim], *, strict: bool) -> None:
    """Raises GateFailed, naming all that do not reach what they are to, where that is asked for."""
    failed = [aim.sentence() for aim in aims if not aim.passed]
    if strict and failed:
        raise GateFailed("; ".join(failed))


def write(result: object, output: Path | None) -> None:
    """Writes a study's result, where a file is named for it."""
    if output is not None:
        files.replace(output, to_json(result))


def to_json(result: object) -> str:
    """A study's result, a dataclass, as JSON; each of its figures tells its outcome."""

    def fields(value: object) -> dict[str, Any]:
        told = {}
        if isinstance(value, Figure):
            told = {"passed": value.passed, "outcome": value.outcome}
        return {**vars(value), **told}

    text = json.dumps(result, default=fields, indent=2, ensure_ascii=False)
    return encodable(text) + "\n"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
