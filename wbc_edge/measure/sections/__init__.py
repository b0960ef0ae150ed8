"""What a report says to a person, in order, before any format lays it out.

A section is a function `Report -> sections` in the module of its subject, and one line in
`SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wbc_edge.measure.report import Report
from wbc_edge.measure.sections import answers, machine, timing
from wbc_edge.measure.sections.layout import Section, Table
from wbc_edge.measure.sections.summary import summary

__all__ = ["SECTIONS", "Section", "Table", "sections"]

SECTIONS: tuple[Callable[[Report], Iterable[Section]], ...] = (
    summary,
    timing.latency,
    timing.cold,
    timing.folder,
    timing.ratios,
    answers.accuracy,
    answers.classes,
    answers.comparisons,
    machine.device,
)
"""The short answer first, the machine last."""


def sections(report: Report) -> tuple[Section, ...]:
    """The report's sections; one with nothing to say is left out."""
    return tuple(section for make in SECTIONS for section in make(report))
