"""Classes that are one but for how their name is written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity, Table

_JOINT = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
"""What one writes between two words, and another does not; what ends a name may be its point, as in
"CD34-"."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per name that stands in several spellings, within a source or in several."""
    counts = Counter((cell.sample.label, cell.source) for cell in evidence.cells)
    spellings: dict[str, set[str]] = defaultdict(set)
    for label, _ in counts:
        spellings[_plain(label)].add(label)
    for _, labels in sorted(spellings.items()):
        if len(labels) < 2:
            continue
        named = sorted(labels)
        members = [(*key, count) for key, count in sorted(counts.items()) if key[0] in labels]
        yield Finding(
            check="names",
            severity=Severity.ERROR,
            title=f"one class, it seems, under {len(named)} names: {', '.join(named)}",
            text="A network learns to tell them apart, and is wrong whenever it cannot. Give them "
            "one name; case, spaces, hyphens, a plural and how accents are stored are part of it.",
            figures={
                "labels": named,
                "cells": {f"{source}/{label}": count for label, source, count in members},
            },
            tables=(
                Table(
                    head=("class", "source", "cells"),
                    rows=tuple((label, source, str(count)) for label, source, count in members),
                ),
            ),
        )


def _plain(label: str) -> str:
    """The name without case, what stands between its words, and a plural's end."""
    name = _JOINT.sub("", unicodedata.normalize("NFKC", label).casefold().strip())
    return name.removesuffix("s") or label
