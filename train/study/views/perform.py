"""Carries out the study of views: every network, every view, on unseen cells and on known ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from train.console import Report
from train.evaluation.cells import Cells, take_recorded
from train.evaluation.evaluate import evaluate
from train.evaluation.subject import KerasSubject
from train.study.asked import Asked
from train.study.judge import Judged, judge
from train.study.views.view import View, ViewedSubject
from wbc_edge.measure.intervals import Estimate


@dataclass(frozen=True, kw_only=True)
class Known:
    """Accuracy on validation cells of a source that the network learnt from, all classes."""

    source: str
    cells: int
    top1: Estimate


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What came of one view.

    Attributes:
        network: name of the run's folder.
        trained: nuclear diameters that the network was trained with.
        pixels: height and width of its views.
        scale, turns, below, look_scales, colours: the view.
        unseen: figures of all cells of the unseen source, the answer restricted to its classes.
        known: figures of the run's first source.
    """

    network: str
    trained: float
    pixels: tuple[int, int]
    scale: float
    turns: int
    below: float | None
    look_scales: tuple[float, ...]
    colours: str
    unseen: Judged
    known: Known


def perform(
    asked: Sequence[Asked], views: Sequence[View], *, report: Report = print
) -> Iterator[Shown]:
    """Judges every network by every view.

    Raises:
        UsageError: a run and its source share no class with cells enough.
        InputError: a cell's file cannot be read.
    """
    for item in asked:
        config = item.run.config
        subject = KerasSubject(item.run)
        unseen, classes = item.cells()
        known = take_recorded(item.run, part="val")[0]
        for view in views:
            shown = ViewedSubject(subject, view, known.samples)
            found = Shown(
                network=subject.identity.name,
                trained=config.input.framing.scale,
                pixels=(config.input.height, config.input.width),
                scale=view.scale,
                turns=view.turns,
                below=view.below,
                look_scales=view.look_scales,
                colours=view.colours,
                unseen=judge(shown, unseen, classes),
                known=_known(shown, known),
            )
            report(f"{found.network}, {view}: top-1 {found.unseen.top1.value:.4f} unseen")
            yield found


def _known(shown: ViewedSubject, cells: Cells) -> Known:
    (found,) = evaluate(shown, (cells,)).parts
    return Known(source=cells.source, cells=found.figures.count, top1=found.figures.accuracy)
