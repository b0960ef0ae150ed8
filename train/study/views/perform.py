"""Carries out the study of views: every network, every view, on unseen cells and on known ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from train.console import Report
from train.evaluation.cells import Cells, take, take_recorded
from train.evaluation.evaluate import evaluate
from train.evaluation.subject import KerasSubject
from train.run import Run
from train.sources import Source, parse
from train.study.judge import Judged, judge
from train.study.views.view import View, ViewedSubject
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A finished training run, and a source of cells that it has not seen."""

    run: Run
    unseen: Source


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
        held = {sample.label for sample in item.unseen.read()}
        classes = tuple(label for label in config.labels if label in held)
        if len(classes) < 2:
            raise UsageError(
                f"{item.unseen.path}: shares fewer than two classes with {item.run.folder}: "
                "whatever is shown, there is nothing to be told apart"
            )
        (unseen,) = take([item.unseen], part="all", classes=classes, seed=config.seed)
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
