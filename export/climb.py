"""Makes one file that passes its checks, rung by rung where the first attempt does not."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from export import check, gate, ladder, parity
from export.ladder.recipe import Job, Recipe
from export.parity import Verified
from wbc_edge.errors import ModelError

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from export.formats import Format
    from export.gate import Limits
    from export.quantise import Io
    from train.console import Report
    from train.run import Run
    from wbc_edge.measure.compare import Comparison

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
    validation: Comparison | None
    test: Comparison | None
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
    comparisons: dict[str, Comparison] | None = None

    @property
    def last(self) -> Attempt:
        """The attempt that decided."""
        return self.attempts[-1]


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


class Maker:
    """Makes the files of one run; all that they share."""

    def __init__(
        self,
        run: Run,
        model: keras.Model,
        parent: Verified,
        pixels: NDArray[np.uint8],
        *,
        limits: Limits,
        doubt: parity.Doubt,
        calibrator: str,
        io: Io,
        climb: bool,
        report: Report,
    ) -> None:
        self._run = run
        self._model = model
        self._parent = parent
        self._pixels = pixels
        self._limits = limits
        self._doubt = doubt
        self._calibrator = calibrator
        self._io = io
        self._climb = climb
        self._report = report

    def make(self, entry: Format, path: Path, attempts: list[Attempt]) -> Made:
        """Leaves the file at `path` where it passes, and nothing where it does not.

        Args:
            entry: the format.
            path: of the file.
            attempts: empty; receives each as it is made, for who catches what is raised between.
        """
        make = self._converted if entry.convert else self._quantised
        made = make(entry, path, attempts)
        if made.verified is None:
            path.unlink(missing_ok=True)
        return made

    def _converted(self, entry: Format, path: Path, attempts: list[Attempt]) -> Made:
        assert entry.convert is not None
        entry.write(entry.convert(self._model, self._pixels), path)
        attempt = Attempt(
            rung="conversion",
            note="",
            bytes=path.stat().st_size,
            logit_error=None,
            float_operators=check.float_operators(path),
            validation=None,
            test=None,
            failures=(),
        )
        made = self._judged(entry, path, attempts, attempt)
        if made.verified is None:
            self._report(f"{entry.name}: {'; '.join(made.last.failures)}")
        return made

    def _quantised(self, entry: Format, path: Path, attempts: list[Attempt]) -> Made:
        assert entry.quantiser is not None
        make = entry.quantiser
        job = Job(self._run, self._model, self._pixels, lambda m: make(m, self._pixels, self._io))
        best = Recipe(
            quantiser=job.make(self._model),
            calibrator=self._calibrator,
            note=f"ranges by {self._calibrator}",
        )
        closest = float("inf")
        for rung, offer in ladder.from_rung(entry.first, climb=self._climb).items():
            for recipe in offer(best, job):
                attempt = self._rehearsed(entry, path, rung, recipe, job)
                if attempt.failures:
                    attempts.append(attempt)
                else:
                    made = self._judged(entry, path, attempts, attempt)
                    if made.verified is not None:
                        return made
                self._report(f"{entry.name}, {rung}: {'; '.join(attempts[-1].failures)}")
                if attempt.logit_error is not None and attempt.logit_error < closest:
                    best, closest = recipe, attempt.logit_error
        return Made(attempts=tuple(attempts))

    def _rehearsed(self, entry: Format, path: Path, rung: str, recipe: Recipe, job: Job) -> Attempt:
        entry.write(recipe.content, path)
        comparison: Comparison | None = None
        failures: tuple[str, ...] = ()
        try:
            comparison = parity.rehearse(path, self._parent, self._run, self._limits.max_drop)
        except ModelError as error:
            failures = (str(error),)
        else:
            failures = gate.failures(comparison, self._limits, entry.agreement, rehearsal=True)
        distance = job.logit_error(recipe)
        return Attempt(
            rung=rung,
            note=recipe.note,
            bytes=path.stat().st_size,
            logit_error=distance if isfinite(distance) else None,
            float_operators=check.float_operators(path),
            validation=comparison,
            test=None,
            failures=failures,
        )

    def _judged(self, entry: Format, path: Path, attempts: list[Attempt], attempt: Attempt) -> Made:
        """The file at `path` on the test cells, which decide; the attempt joins the others."""
        try:
            verified = parity.verify_file(path, self._run, self._doubt)
        except ModelError as error:
            attempts.append(replace(attempt, failures=(str(error),)))
            return Made(attempts=tuple(attempts))
        comparisons = parity.beside(verified, self._parent, self._run, self._limits.max_drop)
        comparison = next(iter(comparisons.values()))
        failures = gate.failures(comparison, self._limits, entry.agreement)
        attempts.append(replace(attempt, test=comparison, failures=failures))
        if failures:
            return Made(attempts=tuple(attempts))
        return Made(attempts=tuple(attempts), verified=verified, comparisons=comparisons)
