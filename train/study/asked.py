"""What a study asks of a network: cells of a source that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from train.evaluation.cells import Cells, take
from train.run import Run
from train.sources import Source, parse
from wbc_edge.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A finished training run, and a source of cells that it has not seen."""

    run: Run
    unseen: Source

    def cells(self) -> tuple[Cells, tuple[str, ...]]:
        """All cells of the source that are of the run's classes, and which of these it holds.

        Raises:
            UsageError: they share fewer than two classes.
        """
        config = self.run.config
        held = {sample.label for sample in self.unseen.read()}
        classes = tuple(label for label in config.labels if label in held)
        if len(classes) < 2:
            raise UsageError(
                f"{self.unseen.path}: shares fewer than two classes with {self.run.folder}: "
                "whatever is shown, there is nothing to be told apart"
            )
        (cells,) = take([self.unseen], part="all", classes=classes, seed=config.seed)
        return cells, classes


def ask(text: str) -> Asked:
    """The run and the source of `RUN=[READER:]PATH`.

    Raises:
        UsageError: it has another form; no finished run, or one that does not look for the cell.
    """
    folder, separator, source = text.partition("=")
    if not (folder and separator and source):
        raise UsageError(f"{text}: expected RUN=READER:FOLDER, a run and what it has not seen")
    run = Run(Path(folder))
    run.check_finished()
    if run.config.input.framing.method != "cell":
        raise UsageError(f"{folder}: does not look for the cell, and so has no scale to change")
    return Asked(run=run, unseen=parse(source))
