"""A differential count: how many of the white cells that were found are of each class."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wbc_edge import wording
from wbc_edge.measure.intervals import Estimate, wilson
from wbc_edge.text import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbc_edge.fields import Field

SCHEMA = "wbc-edge-count/1"

NO_LEUKOCYTES = ("erythroblast", "platelet")
"""Classes that a differential is not of: they are told beside it."""


@dataclass(kw_only=True)
class Count:
    """What the fields so far come to.

    Attributes:
        labels: the model's classes.
        fields: how many were seen, those that could not be read included.
        unread: how many could not.
        answers: class -> cells that were answered with it.
        doubtful: cells that are left unclassified.
        no_cells: stained places that are like no known cell.
        cut: nuclei that the edge of a field cuts; they are not counted.
    """

    labels: Sequence[str]
    fields: int = 0
    unread: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    no_cells: int = 0
    cut: int = 0

    def add(self, found: Field) -> None:
        """Counts a field's cells."""
        self.fields += 1
        self.unread += found.error is not None
        self.cut += len(found.cut)
        for cell in found.cells:
            answer = cell.prediction
            self.answers[answer.label] += answer.reason is None
            self.doubtful += answer.reason == "doubtful"
            self.no_cells += answer.reason == "not_a_cell"

    @property
    def leukocytes(self) -> Counter[str]:
        """Class -> cells, of all the classes that a differential is of."""
        names = [name for name in self.labels if name not in NO_LEUKOCYTES]
        return Counter({name: self.answers[name] for name in names})

    @property
    def besides(self) -> dict[str, int]:
        """Class -> cells, of the others that the model knows."""
        return {name: self.answers[name] for name in self.labels if name in NO_LEUKOCYTES}

    @property
    def shares(self) -> dict[str, Estimate]:
        """Class -> share of the classified leukocytes, 95 % interval; empty where there are none.

        The interval is of chance alone: it holds if the unclassified are as the others, and none is
        misnamed.
        """
        total = self.leukocytes.total()
        return {name: wilson(cells, total) for name, cells in self.leukocytes.items() if total}

    @property
    def possible(self) -> dict[str, tuple[float, float]]:
        """Class -> between which shares it lies, whatever the unclassified cells are."""
        total = self.leukocytes.total() + self.doubtful
        return {
            name: (cells / total, (cells + self.doubtful) / total)
            for name, cells in self.leukocytes.items()
            if total
        }

    def to_dict(self) -> dict[str, Any]:
        """The count as one JSON object; shares and their 95 % intervals go from 0 to 1."""
        classes, shares, possible = {}, self.shares, self.possible
        for name, cells in self.leukocytes.items():
            share = shares.get(name)
            classes[name] = {
                "cells": cells,
                "share": share.value if share else None,
                "low": share.low if share else None,
                "high": share.high if share else None,
                "possible": list(possible[name]) if name in possible else None,
            }
        return {
            "schema": SCHEMA,
            "fields": self.fields,
            "unread": self.unread,
            "leukocytes": self.leukocytes.total(),
            "classes": classes,
            "besides": self.besides,
            "unclassified": self.doubtful,
            "no_cells": self.no_cells,
            "cut": self.cut,
        }

    def to_text(self) -> str:
        """The count as a table for people, the most frequent class first."""
        rows = [["class", "cells", "share", "95 % interval", "whatever the unclassified are"]]
        possible = self.possible
        for name, share in sorted(self.shares.items(), key=lambda item: -item[1].value):
            low, high = possible[name]
            ranges = (share, Estimate(value=share.value, low=low, high=high))
            within = [f"{wording.interval(one, 1)} %" for one in ranges]
            rows.append([name, f"{self.answers[name]:,}", wording.percent(share.value, 1), *within])
        totals = {
            "all classified": self.leukocytes.total(),
            "unclassified": self.doubtful,
            **self.besides,
        }
        rows += [[name, f"{cells:,}", "", "", ""] for name, cells in totals.items()]
        if not self.doubtful:
            rows = [row[:-1] for row in rows]
        unread = f", {self.unread:,} of them unread" if self.unread else ""
        fields = wording.counted(self.fields, "field", "fields")
        dismissed = wording.counted(
            self.no_cells,
            "stained place that is like no known cell",
            "stained places that are like no known cell",
        )
        cut = wording.counted(self.cut, "nucleus", "nuclei")
        return (
            f"{columns(rows, right=(1, 2))}\n\nin {fields}{unread}; not counted: {dismissed}, "
            f"and {cut} cut by an edge\nintervals are of chance alone: where e % of the cells are "
            "misnamed, a share may be off by e points more"
        )
