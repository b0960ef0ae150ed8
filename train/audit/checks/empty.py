"""Folders of classes that hold no picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity
from wbc_edge.wording import counted


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per source that has such folders, naming them."""
    sources: dict[str, list[str]] = defaultdict(list)
    for source, name in evidence.empty:
        sources[source].append(name)
    for source, names in sources.items():
        yield Finding(
            check="empty",
            severity=Severity.WARNING,
            title=f"{source}: {counted(len(names), 'folder holds', 'folders hold')} no picture: "
            f"{', '.join(names)}",
            text="A network learns nothing of a class without pictures, and does not even know its "
            "name. Fetch them, or remove the folder.",
            figures={"source": source, "folders": names},
        )
