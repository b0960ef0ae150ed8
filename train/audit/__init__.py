"""What is wrong with a set of labelled cells, found before anybody trains on it.

    evidence = read([sources.parse("data/pbc")])    every picture read once
    findings = examine(evidence)                    every check of the registry
    page.write(evidence, findings, folder)          audit.html and audit.json

A check is one module in `train.audit.checks` and one line in its registry.
"""

from __future__ import annotations

from train.audit.checks import CHECKS
from train.audit.evidence import Evidence, read
from train.audit.finding import Finding, Severity

__all__ = ["CHECKS", "Evidence", "Finding", "Severity", "examine", "read"]


def examine(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of all checks, the grave ones first."""
    findings = [finding for check in CHECKS.values() for finding in check(evidence)]
    return tuple(sorted(findings, key=lambda finding: finding.severity.rank))
