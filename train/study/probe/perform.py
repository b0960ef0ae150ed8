"""Carries out the study of probes: each network on an unseen source, as it is and probed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from train.console import Report
from train.evaluation.subject import KerasSubject
from train.study.asked import Asked
from train.study.judge import Judged, judge
from train.study.probe.probed import TURNS, ProbedSubject
from train.study.views.view import View, ViewedSubject

PROBED = "its last layer learnt there"


@dataclass(frozen=True, kw_only=True)
class Probed:
    """What came of one network.

    Attributes:
        network: name of the run's folder.
        as_it_is: figures of all cells of the unseen source, the answer restricted to its classes.
        probed: the same with a last layer that has learnt from other cells of that source.
    """

    network: str
    as_it_is: Judged
    probed: Judged


def perform(asked: Sequence[Asked], *, report: Report = print) -> Iterator[Probed]:
    """Judges every network by its source, before and after.

    Raises:
        UsageError: a run and its source share no two classes with cells enough.
        InputError: a cell's file cannot be read.
    """
    for item in asked:
        subject = KerasSubject(item.run)
        cells, classes = item.cells()
        own = View(scale=item.run.config.input.framing.scale, turns=TURNS)
        found = Probed(
            network=subject.identity.name,
            as_it_is=judge(ViewedSubject(subject, own, ()), cells, classes),
            probed=judge(ProbedSubject(subject, cells, classes), cells, classes),
        )
        was, is_now = found.as_it_is.top1.value, found.probed.top1.value
        report(f"{found.network}, {cells.source}: top-1 {was:.4f}, {PROBED} {is_now:.4f}")
        yield found
