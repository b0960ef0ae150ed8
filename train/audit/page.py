"""The findings as `audit.html`, one self-contained page, and as `audit.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from train import pages
from train.audit import figures
from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity
from train.sources.catalogue import CATALOGUE, Origin
from wbc_edge.errors import UsageError

NAME = "audit"
SCHEMA = "wbc-edge-audit/1"
MOST_ROWS = 40
"""Rows of a table in the page; the JSON holds all."""


def write(evidence: Evidence, findings: Sequence[Finding], folder: Path) -> Path:
    """Writes both files into the folder and returns the page's path.

    Raises:
        UsageError: the folder cannot be written.
    """
    try:
        return pages.save(folder, NAME, render(evidence, findings), to_document(evidence, findings))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror})") from error


def to_document(evidence: Evidence, findings: Sequence[Finding]) -> dict[str, Any]:
    """The audit as plain data."""
    return {
        "schema": SCHEMA,
        "sources": list(evidence.sources),
        "origins": {
            source: {"where": origin.where, "licence": origin.licence, "citation": origin.citation}
            for source, origin in origins(evidence).items()
        },
        "read": len(evidence.cells),
        "unreadable": len(evidence.unreadable),
        "findings": [
            {
                "check": finding.check,
                "severity": finding.severity.value,
                "title": finding.title,
                "text": finding.text,
                "figures": finding.figures,
            }
            for finding in findings
        ],
    }


def origins(evidence: Evidence) -> dict[str, Origin]:
    """Source -> where the public gets it, of those that the catalogue knows."""
    return {name: CATALOGUE[name] for name in evidence.sources if name in CATALOGUE}


def render(evidence: Evidence, findings: Sequence[Finding]) -> str:
    """The page."""
    templates = pages.environment(Path(__file__).parent / "templates")
    templates.filters |= {"chart": figures.chart, "picture": figures.picture}
    counts = Counter(finding.severity for finding in findings)
    return templates.get_template("report.html.j2").render(
        sources=evidence.sources,
        origins=origins(evidence),
        read=len(evidence.cells),
        unreadable=len(evidence.unreadable),
        findings=findings,
        counts={severity.value: counts[severity] for severity in Severity},
        most_rows=MOST_ROWS,
    )
