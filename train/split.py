"""Which cells train, validate and test: deterministic, stratified, duplicates together."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from train.sources.sample import Sample

PARTS = ("train", "val", "test")
FRACTIONS: Mapping[str, float] = {"train": 0.8, "val": 0.1, "test": 0.1}


@dataclass(frozen=True, kw_only=True)
class Split:
    """The part of every cell of one source.

    Attributes:
        parts: part -> the cells in it, in the order of their keys.
        conflicts: cells left out because the same bytes stand under two labels.
        duplicates: number of cells with the bytes of an earlier one (kept, in the same part).
    """

    parts: Mapping[str, tuple[Sample, ...]]
    conflicts: tuple[Sample, ...]
    duplicates: int

    @property
    def sha256(self) -> str:
        """Hash of the assignment: part, key and label of every cell."""
        lines = [f"{part}\t{s.key}\t{s.label}" for part in PARTS for s in self.parts[part]]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def counts(self) -> dict[str, dict[str, int]]:
        """Part -> label -> number of cells."""
        return {
            part: dict(sorted(Counter(s.label for s in self.parts[part]).items())) for part in PARTS
        }


def split(
    samples: Iterable[Sample], *, seed: int = 0, fractions: Mapping[str, float] = FRACTIONS
) -> Split:
    """Parts cells so that every class is spread by the fractions and no group is torn.

    Cells belong together when they share a group or have the same bytes. Within a class the sets of
    cells that belong together are taken in an order drawn by the seed, each into the part that
    lacks most: the result depends on the cells' names and bytes and on the seed, not on where the
    files lie.
    """
    samples = sorted(samples, key=lambda s: s.key)
    digests = {s.key: _digest(s) for s in samples}
    labels_of = defaultdict(set)
    for sample in samples:
        labels_of[digests[sample.key]].add(sample.label)
    conflicts = tuple(s for s in samples if len(labels_of[digests[s.key]]) > 1)
    kept = [s for s in samples if len(labels_of[digests[s.key]]) == 1]

    families: dict[str, list[list[Sample]]] = defaultdict(list)
    for family in _families(kept, digests):
        # A family that spans classes counts for the class most of it has.
        label = Counter(s.label for s in family).most_common(1)[0][0]
        families[label].append(family)
    parts: dict[str, list[Sample]] = {part: [] for part in PARTS}
    for members in families.values():
        _deal(members, parts, seed, fractions)
    return Split(
        parts={part: tuple(sorted(parts[part], key=lambda s: s.key)) for part in PARTS},
        conflicts=conflicts,
        duplicates=len(kept) - len({digests[s.key] for s in kept}),
    )


def save(splits: Mapping[str, Split], path: Path) -> None:
    """Writes source -> part -> [key, label] rows, with each source's hash, as JSON."""
    document = {
        source: {
            "sha256": split.sha256,
            "duplicates": split.duplicates,
            "conflicts": [s.key for s in split.conflicts],
            "parts": {part: [[s.key, s.label] for s in split.parts[part]] for part in PARTS},
        }
        for source, split in splits.items()
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _digest(sample: Sample) -> str:
    region = "" if sample.region is None else repr(sample.region)
    return hashlib.sha256(sample.path.read_bytes() + region.encode()).hexdigest()


def _families(samples: list[Sample], digests: Mapping[str, str]) -> list[list[Sample]]:
    """Cells joined, directly or through others, by a group or by their bytes (union-find)."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for sample in samples:
        parent[root(f"bytes:{digests[sample.key]}")] = root(f"group:{sample.group}")
    joined: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        joined[root(f"group:{sample.group}")].append(sample)
    return list(joined.values())


def _deal(
    families: list[list[Sample]],
    parts: dict[str, list[Sample]],
    seed: int,
    fractions: Mapping[str, float],
) -> None:
    total = sum(len(family) for family in families)
    room = {part: fractions[part] * total for part in PARTS}
    drawn = sorted(families, key=lambda f: hashlib.sha256(f"{seed}:{f[0].key}".encode()).digest())
    # Large families first, else the last one dealt may overfill a small part.
    for family in sorted(drawn, key=len, reverse=True):
        part = max(PARTS, key=lambda p: (room[p], -PARTS.index(p)))
        room[part] -= len(family)
        parts[part].extend(family)
