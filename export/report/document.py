"""`export.json`: all figures of an export, from which the page is drawn as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.document import parsed
from wbc_edge import files
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from export.making import Maker
    from export.outcome import Attempt, Exported
    from export.parity import Beside, Verified
    from wbc_edge.measure.compare import Comparison

NAME = "export.json"
SCHEMA = "wbc-edge-export/2"
"""Keys may be added under a number; a change of meaning, unit or name raises it."""


def read(folder: Path) -> dict[str, Any]:
    """What `document` made of the export in a folder.

    Raises:
        UsageError: there is none, it is damaged, or of another schema.
    """
    file = folder / NAME
    try:
        content = parsed(files.read(file))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: not the report of an export ({error})") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise UsageError(f"{file}: not a report of the form {SCHEMA}; export anew")
    return content


def document(
    maker: Maker, source: str, results: Sequence[Exported], times: Mapping[str, float]
) -> dict[str, Any]:
    """The figures as JSON-ready dictionaries. Shares are 0 to 1, times milliseconds.

    Args:
        maker: what the files were made by, and from.
        source: of the cells by which the gate judges.
        results: what became of each format.
        times: file name -> median milliseconds of an inference.
    """
    cells = maker.cells
    return {
        "schema": SCHEMA,
        "name": maker.options.name,
        "network": maker.run.config.network,
        "source": source,
        "limits": asdict(maker.options.limits),
        "calibration": {"cells": len(cells.pixels), "seed": cells.seed, "sha256": cells.sha256},
        "keras": _figures(maker.parent),
        "formats": [_format(item, times) for item in results],
        "failures": [
            f"{item.format}: {sentence}"
            for item in results
            if item.bytes is None
            for sentence in item.made.last.failures
        ],
    }


def _format(item: Exported, times: Mapping[str, float]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "format": item.format,
        "file": item.path.name if item.bytes is not None else None,
        "bytes": item.bytes,
        "milliseconds": times.get(item.path.name),
        "rung": item.made.last.rung if item.bytes is not None else None,
        "float_operators": list(item.made.last.float_operators),
        "runtimes": [asdict(opened) for opened in item.opened],
        "attempts": [_attempt(attempt) for attempt in item.made.attempts],
    }
    if item.made.verified is not None and item.made.comparisons is not None:
        result |= _figures(item.made.verified)
        result["beside_keras"] = {
            source: _beside(found) for source, found in item.made.comparisons.items()
        }
    return result


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "rung": attempt.rung,
        "note": attempt.note,
        "bytes": attempt.bytes,
        "logit_error": attempt.logit_error,
        "float_operators": len(attempt.float_operators),
        "validation": _beside(attempt.validation),
        "test": _beside(attempt.test),
        "passed": attempt.passed,
        "failures": list(attempt.failures),
    }


def _beside(found: Beside | None) -> dict[str, Any] | None:
    """At the first look, and under `answered` with second looks."""
    if found is None:
        return None
    return _comparison(found.first) | {"answered": _comparison(found.answered)}


def _comparison(found: Comparison) -> dict[str, Any]:
    return asdict(found) | {"sentence": found.verdict.sentence()}


def _figures(verified: Verified) -> dict[str, Any]:
    return {
        "temperature": verified.temperature,
        "threshold": verified.threshold,
        "outlier": verified.outlier,
        "second_look": verified.second_look and asdict(verified.second_look),
        "one_look": {source: asdict(right) for source, right in verified.one_look.items()},
        "refused": {source: asdict(share) for source, share in verified.refused.items()},
        "negatives_abstained": verified.abstained and asdict(verified.abstained),
        "accuracy": {source: asdict(figures) for source, figures in verified.accuracy.items()},
    }
