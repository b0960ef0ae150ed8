"""The split that a run wrote down when it began.

A later release may split otherwise; which cells the run has learnt from does not change with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from train.run import Run
from wbc_edge.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Record:
    """One source of a run.

    Attributes:
        parts: part -> keys of its cells.
        conflicts: number of cells left out because the same bytes stand under two labels.
        sha256: hash of the split.
    """

    parts: Mapping[str, frozenset[str]]
    conflicts: int
    sha256: str


def read(run: Run) -> dict[str, Record]:
    """Source -> what the run wrote down of it.

    Raises:
        UsageError: the run has no readable record of its split.
    """
    try:
        stored = json.loads(run.split_file.read_text(encoding="utf-8"))
        return {
            source: Record(
                parts={
                    part: frozenset(row[0] for row in rows) for part, rows in split["parts"].items()
                },
                conflicts=len(split["conflicts"]),
                sha256=split["sha256"],
            )
            for source, split in stored.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{run.split_file}: no readable record of the split ({error})") from None
