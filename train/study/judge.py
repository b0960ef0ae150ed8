"""What a network makes of the cells of one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from train.evaluation.cells import Cells
from train.evaluation.evaluate import evaluate
from train.evaluation.subject import Subject
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate

FEWEST = 5
"""Cells of a class that its recall needs to count in the mean of the classes."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Share of a class's cells that were called so, with its 95 % interval."""

    label: str
    cells: int
    recall: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Figures with 95 % intervals over independent cells.

    Attributes:
        source: name of the source.
        part: which of its cells.
        cells: how many.
        independent: groups of cells that were not made from one another.
        averaged: the classes of the mean, those with `FEWEST` cells or more.
        macro_recall: the mean of their recalls.
        top1: accuracy on all cells.
        recalls: class by class, those that have cells.
        doubts: sentences on cells that the network may know.
    """

    source: str
    part: str
    cells: int
    independent: int
    averaged: tuple[str, ...]
    macro_recall: Estimate | None
    top1: Estimate
    recalls: tuple[Recall, ...]
    doubts: tuple[str, ...]

    @property
    def thin(self) -> tuple[Recall, ...]:
        """The classes whose cells are too few to count in the mean."""
        return tuple(item for item in self.recalls if item.label not in self.averaged)

    def remarks(self, network: str) -> Iterator[str]:
        """What has to be known beside the figures of a network."""
        for doubt in self.doubts:
            yield f"`{network}`: {doubt}"
        if thin := ", ".join(f"{item.label} ({item.cells})" for item in self.thin):
            yield f"`{network}`: not in the mean for too few cells: {thin}."


def judge(subject: Subject, cells: Cells, classes: Sequence[str] = ()) -> Judged:
    """Judge a network by the cells of one source.

    Args:
        subject: the network.
        cells: of one source, all of the classes.
        classes: to restrict the answer to; by default all that the network knows. A class that is
            left out of the mean can be answered all the same.

    Raises:
        UsageError: no class has cells enough.
        InputError: a cell's file cannot be read.
    """
    counts = Counter(cells.truth)
    averaged = tuple(
        label for label in classes or subject.identity.labels if counts[label] >= FEWEST
    )
    if not averaged:
        raise UsageError(
            f"{cells.path}: no class has {FEWEST} cells or more in its part '{cells.part}'"
        )
    evaluation = evaluate(subject, (cells,), classes=classes)
    (whole,) = evaluation.parts
    mean = whole
    if len(averaged) < len(counts):
        enough = tuple(sample for sample in cells.samples if sample.label in averaged)
        (mean,) = evaluate(subject, (replace(cells, samples=enough),), classes=classes).parts
    return Judged(
        source=cells.source,
        part=cells.part,
        cells=whole.figures.count,
        independent=whole.figures.independent,
        averaged=averaged,
        macro_recall=mean.figures.macro.recall,
        top1=whole.figures.accuracy,
        recalls=tuple(
            Recall(label=item.label, cells=item.support, recall=item.recall)
            for item in whole.figures.classes
            if item.support
        ),
        doubts=evaluation.doubts,
    )
