"""The findings as `report.html`, one self-contained page, and as `audit.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from train import document
from train.audit import figures
from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity
from train.html import environment
from train.sources.catalogue import CATALOGUE, Origin
from wbc_edge import files
from wbc_edge.errors import UsageError

SCHEMA = "wbc-edge-audit/1"
MOST_ROWS = 40
"""Rows of a table in the page; the JSON holds all."""


def write(evidence: Evidence, findings: Sequence[Finding], folder: Path) -> Path:
    """Writes both files into the folder and returns the page's path.

    Raises:
        UsageError: the folder cannot be written.
    """
    page = folder / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        document.write(folder / "audit.json", to_document(evidence, findings))
        files.replace(page, render(evidence, findings))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror})") from error
    return page


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
    templates = environment(Path(__file__).parent / "templates")
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
