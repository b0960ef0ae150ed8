"""What became of a format: every attempt at it, and the file where one of them passed."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from export.check import Opened
    from export.parity import Beside, Verified

MOST_SAID = 300
"""Characters that are kept of what an exception says."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One file that was made, and how it did.

    Attributes:
        rung: name in `export.ladder.RUNGS`, "conversion" where there was nothing to choose, "error"
            where an exception ended the format.
        note: what was done; of an exception, where it was raised.
        bytes: size of the file without its card; None after an exception.
        logit_error: distance from Keras on calibration cells, as a share; None for a conversion,
            and where it is not finite.
        float_operators: what it computes in float.
        validation: paired with Keras on the first source's validation cells, by which rungs are
            chosen; None for a conversion, and where it gave no answers.
        test: the same on its test cells; None where the attempt was not judged there.
        failures: the limits that it did not keep, a sentence each.
    """

    rung: str
    note: str
    bytes: int | None
    logit_error: float | None
    float_operators: tuple[str, ...]
    validation: Beside | None
    test: Beside | None
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it was judged on test cells and kept every limit."""
        return self.test is not None and not self.failures


@dataclass(frozen=True, kw_only=True)
class Made:
    """What became of a format: every attempt, and the figures of the one whose file is there."""

    attempts: tuple[Attempt, ...]
    verified: Verified | None = None
    comparisons: dict[str, Beside] | None = None

    @property
    def last(self) -> Attempt:
        """The attempt that decided."""
        return self.attempts[-1]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One format: the file, where it passed its checks, and every attempt at it.

    `bytes` is its size with its card, None where it was not written.
    """

    path: Path
    format: str
    bytes: int | None
    made: Made
    opened: tuple[Opened, ...] = ()


def broken(error: Exception) -> Attempt:
    """An attempt that an exception ended. What it said is cut short, for some quote a graph."""
    said = " ".join(f"{type(error).__module__}.{type(error).__name__}: {error}".split())
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Attempt(
        rung="error",
        note=f"raised at {Path(place.filename).name}:{place.lineno}",
        bytes=None,
        logit_error=None,
        float_operators=(),
        validation=None,
        test=None,
        failures=(said.removeprefix("builtins.")[:MOST_SAID],),
    )
