"""Studies: declared lists of trainings, carried out one by one and written as one table."""

from __future__ import annotations

from train.study import published
from train.study.entry import Entry

STUDIES: dict[str, tuple[Entry, ...]] = {
    "published": published.ENTRIES,
}
