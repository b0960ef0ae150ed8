"""Makes the file of a format, rung by rung where the first attempt does not pass its checks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from export import cards, check, gate, ladder, parity
from export.ladder.recipe import Job, Recipe
from export.outcome import Attempt, Exported, Made, broken
from wbc_edge import card as model_cards
from wbc_edge.errors import ModelError

if TYPE_CHECKING:
    import keras

    from export.calibration import Calibration
    from export.formats import Format
    from export.options import Options
    from export.parity import Beside, Verified
    from train.console import Report
    from train.run import Run

CHECKED_CELLS = 16
"""Calibration cells that every runtime is compared on."""


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes the files of one run, each checked beside its parent and described by a card.

    Attributes:
        run: where the network comes from.
        model: the network.
        parent_sha256: of the file that holds it, in hex.
        parent: its figures.
        cells: calibration cells.
        options: how files are made and judged.
        report: receives one line per event.
    """

    run: Run
    model: keras.Model
    parent_sha256: str
    parent: Verified
    cells: Calibration
    options: Options
    report: Report

    def make(self, entry: Format, out: Path) -> Exported:
        """Makes a format's file, and writes it to a folder where it passes its checks.

        Where it does not, or its making ends with an exception, there is none in the end.
        """
        path = out / entry.file_name(self.options.name)
        attempts: list[Attempt] = []
        try:
            with _partial(path) as partial:
                made = self._attempted(entry, partial, attempts)
                if made.verified is not None:
                    return self._finished(entry, path, made, partial)
        # Converters fail in any way; the other files and the report are worth having still.
        except Exception as error:
            made = Made(attempts=(*attempts, broken(error)))
            self.report(f"{entry.name}: {made.last.failures[0]}")
        # Nor is one of an earlier run left, which would pass for this one's.
        there = path.exists()
        path.unlink(missing_ok=True)
        gone = f", and {path}, which was there, has gone" if there else ""
        self.report(f"{entry.name}: not written{gone}")
        return Exported(path=path, format=entry.name, bytes=None, made=made)

    def _finished(self, entry: Format, path: Path, made: Made, partial: Path) -> Exported:
        """Opens the file in every runtime, writes its card into it and gives it its name."""
        assert made.verified is not None
        opened = check.runtimes(partial, self.cells.pixels[:CHECKED_CELLS])
        for one in opened:
            if one.problem is not None:
                self.report(f"{entry.name}: not to be used with {one.runtime}: {one.problem}")
        card = cards.card(
            self.run,
            entry,
            made,
            self.options,
            parent=self.parent,
            parent_sha256=self.parent_sha256,
            parameters=self.model.count_params(),
            cells=self.cells,
            opened=opened,
        )
        model_cards.write(partial, card)
        partial.replace(path)
        size = path.stat().st_size
        self.report(f"{entry.name}: {made.verified.top1()}; {size / 1e6:.2f} MB")
        return Exported(path=path, format=entry.name, bytes=size, made=made, opened=opened)

    def _attempted(self, entry: Format, path: Path, attempts: list[Attempt]) -> Made:
        """What came of a format, its file at `path` where it passes.

        Args:
            entry: the format.
            path: of the file.
            attempts: empty; receives each as it is made, for who catches what is raised between.
        """
        attempt = self._quantised if entry.quantiser else self._converted
        return attempt(entry, path, attempts)

    def _converted(self, entry: Format, path: Path, attempts: list[Attempt]) -> Made:
        entry.write(entry.converted(self.model, self.cells.pixels), path)
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
            self.report(f"{entry.name}: {'; '.join(made.last.failures)}")
        return made

    def _quantised(self, entry: Format, path: Path, attempts: list[Attempt]) -> Made:
        assert entry.quantiser is not None
        make, pixels, calibrator = entry.quantiser, self.cells.pixels, self.options.calibrator
        job = Job(self.run, self.model, pixels, lambda m: make(m, pixels, self.options.io))
        best = Recipe(
            quantiser=job.make(self.model),
            calibrator=calibrator,
            note=f"ranges by {calibrator}",
        )
        closest = float("inf")
        for rung, offer in ladder.from_rung(entry.first, climb=self.options.climb).items():
            for recipe in offer(best, job):
                attempt = self._rehearsed(entry, path, rung, recipe, job)
                if attempt.failures:
                    attempts.append(attempt)
                else:
                    made = self._judged(entry, path, attempts, attempt)
                    if made.verified is not None:
                        return made
                self.report(f"{entry.name}, {rung}: {'; '.join(attempts[-1].failures)}")
                if attempt.logit_error is not None and attempt.logit_error < closest:
                    best, closest = recipe, attempt.logit_error
        return Made(attempts=tuple(attempts))

    def _rehearsed(self, entry: Format, path: Path, rung: str, recipe: Recipe, job: Job) -> Attempt:
        entry.write(recipe.content, path)
        limits = self.options.limits
        comparison: Beside | None = None
        failures: tuple[str, ...] = ()
        try:
            comparison = parity.rehearse(
                path, self.parent, self.run, self.options.doubt, limits.max_drop
            )
        except ModelError as error:
            failures = (str(error),)
        else:
            failures = gate.failures(comparison, limits, entry.agreement, rehearsal=True)
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
        limits = self.options.limits
        try:
            verified = parity.verify_file(path, self.run, self.options.doubt)
        except ModelError as error:
            attempts.append(replace(attempt, failures=(str(error),)))
            return Made(attempts=tuple(attempts))
        comparisons = parity.beside(verified, self.parent, self.run, limits.max_drop)
        comparison = next(iter(comparisons.values()))
        failures = gate.failures(comparison, limits, entry.agreement)
        attempts.append(replace(attempt, test=comparison, failures=failures))
        if failures:
            return Made(attempts=tuple(attempts))
        return Made(attempts=tuple(attempts), verified=verified, comparisons=comparisons)


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """Where a file is made until it may have its name: in a folder of its own, gone afterwards.

    Not as `wbc_edge.files.whole` does: what goes wrong is told of the file by the name that it is
    to have, and there may be no file in the end.
    """
    with tempfile.TemporaryDirectory(prefix="partial-", dir=path.parent) as folder:
        yield Path(folder) / path.name
