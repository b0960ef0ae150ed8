"""The split that a run wrote down when it began.

A later release may split otherwise; which cells the run has learnt from does not change with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from train.split import PARTS
from wbc_edge.errors import UsageError

SEEN = ("train", "val")
"""The parts that a network is trained or chosen on."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One source of a run.

    Attributes:
        parts: part -> key of each of its cells -> its `train.split.digest`, or "" where an earlier
            release wrote none down.
        akin: keys of the cells that were left out of its test part (`train.split.Split.akin`).
        conflicts: number of cells left out because the same bytes stand under two labels.
        sha256: hash of the split.
    """

    parts: Mapping[str, Mapping[str, str]]
    conflicts: int
    sha256: str
    akin: frozenset[str] = frozenset()

    @property
    def seen(self) -> frozenset[str]:
        """Keys of the cells that the run was trained or chosen on."""
        return frozenset[str]().union(*(self.parts[part] for part in SEEN))

    @property
    def digests(self) -> frozenset[str]:
        """Of the cells that the run was trained or chosen on, as far as they are written down."""
        return frozenset(found for part in SEEN for found in self.parts[part].values() if found)

    def replaced(self, digests: Mapping[str, str]) -> list[str]:
        """Keys of the cells that are others now, under the same name.

        Args:
            digests: key -> `train.split.digest` of cells as they are now.
        """
        return sorted(
            key
            for part in self.parts.values()
            for key, then in part.items()
            if then and digests.get(key, then) != then
        )


def read(file: Path) -> dict[str, Record]:
    """Source -> what a run wrote down of it in its `split.json`.

    Raises:
        UsageError: there is no such file, or it is no record of a split.
    """
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return {
            source: Record(
                parts={
                    part: {row[0]: row[2] if len(row) > 2 else "" for row in split["parts"][part]}
                    for part in PARTS
                },
                conflicts=len(split["conflicts"]),
                sha256=split["sha256"],
                akin=frozenset(split.get("akin", ())),
            )
            for source, split in stored.items()
        }
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise UsageError(f"{file}: no readable record of the split ({error})") from None
