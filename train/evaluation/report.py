"""An evaluation as one HTML page and one JSON file, each complete in itself."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from train import pages, plotting
from train.evaluation.cells import Cells
from train.evaluation.compare import Comparison, Side
from train.evaluation.evaluate import SCHEMA, Evaluation
from train.evaluation.figures import Figures
from train.evaluation.plots import (
    classes,
    confusion,
    f1_bars,
    history,
    reliability,
    risk_coverage,
    roc,
)
from train.evaluation.sheet import pictures
from wbc_edge import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

TEMPLATES = Path(__file__).parent / "templates"
CONFUSIONS = 8
"""Pairs of classes that are listed as confused most often."""


def write(evaluation: Evaluation, out: Path) -> Path:
    """Writes `evaluation.html` and `evaluation.json` into a folder; returns the page."""
    return pages.save(out, "evaluation", to_html(evaluation), to_document(evaluation))


def write_comparison(comparison: Comparison, out: Path) -> Path:
    """Writes `comparison.html` and `comparison.json` into a folder; returns the page."""
    sections = [
        {
            "side": side,
            "bars": _bars(side),
            "against_first": [pair for pair in side.pairs if pair.first == side.pairs[0].first],
        }
        for side in comparison.parts
    ]
    text = page("comparison.html.j2", comparison=comparison, sections=sections)
    return pages.save(out, "comparison", text, to_comparison_document(comparison))


def to_comparison_document(comparison: Comparison) -> dict[str, Any]:
    """All figures and pairs as JSON-ready values."""
    return {
        "schema": SCHEMA,
        "kind": "comparison",
        "version": comparison.version,
        "created": comparison.created,
        "subjects": {name: asdict(found) for name, found in comparison.identities.items()},
        "labels": list(comparison.labels),
        "classes": list(comparison.classes),
        "doubts": list(comparison.doubts),
        "parts": [
            {
                "data": cells_document(side.cells),
                "figures": {
                    name: _figures_document(found, side.cells)
                    for name, found in side.figures.items()
                },
                "pairs": [asdict(pair) for pair in side.pairs],
            }
            for side in comparison.parts
        ],
    }


def to_document(evaluation: Evaluation) -> dict[str, Any]:
    """All figures as JSON-ready values; mistakes by the names of their cells."""
    return {
        "schema": SCHEMA,
        "kind": "evaluation",
        "version": evaluation.version,
        "created": evaluation.created,
        "subject": asdict(evaluation.identity),
        "classes": list(evaluation.classes),
        "doubts": list(evaluation.doubts),
        "parts": [
            {
                "data": cells_document(part.cells),
                "figures": _figures_document(part.figures, part.cells),
                "slices": [asdict(found) for found in part.slices],
            }
            for part in evaluation.parts
        ],
        # An epoch whose training came to grief has no loss.
        "history": [
            {name: figure if math.isfinite(figure) else None for name, figure in row.items()}
            for row in evaluation.history
        ],
        "kept": evaluation.kept,
    }


def cells_document(cells: Cells) -> dict[str, Any]:
    """Which cells they are, without naming each."""
    return {
        "source": cells.source,
        "path": str(cells.path),
        "part": cells.part,
        "cells": len(cells.samples),
        "grouped": cells.grouped,
        "other": cells.other,
        "conflicts": cells.conflicts,
        "split_sha256": cells.split_sha256,
    }


def to_html(evaluation: Evaluation) -> str:
    """The page."""
    return page(
        "evaluation.html.j2",
        evaluation=evaluation,
        history=_curves(evaluation),
        sections=[
            {
                "part": part,
                "plots": _plots(part.figures),
                "confusions": _confusions(part.figures),
                "pictures": pictures(part.figures.mistakes, part.cells.samples),
            }
            for part in evaluation.parts
        ],
    )


def page(template: str, **content: Any) -> str:
    """A page from a template in `templates`."""
    templates = pages.environment(TEMPLATES)
    for name in ("rounded", "percent", "points", "interval", "points_interval", "p_value"):
        templates.filters[name] = getattr(wording, name)
    return templates.get_template(template).render(**content)


def _figures_document(found: Figures, cells: Cells) -> dict[str, Any]:
    document = asdict(found)
    for mistake in document["mistakes"]:
        sample = cells.samples[mistake.pop("index")]
        mistake |= {"key": sample.key, "path": str(sample.path), "group": sample.group}
    return document


def _plots(figures: Figures) -> list[Markup]:
    with plotting.styled():
        drawn = [
            (classes.draw(figures.classes), "precision, recall and F1 of each class"),
            (confusion.draw(figures.confusion, figures.labels), "confusion matrix"),
            (reliability.draw(figures.calibration, figures.independent), "reliability diagram"),
            (
                risk_coverage.draw(
                    figures.selective,
                    threshold=figures.threshold,
                    coverage=figures.coverage,
                    risk=figures.risk,
                ),
                "risk over coverage",
            ),
        ]
        if figures.roc:
            drawn.append((roc.draw(figures.roc), "receiver operating curves"))
        return [_svg(figure, description) for figure, description in drawn]


def _curves(evaluation: Evaluation) -> Markup | None:
    with plotting.styled():
        drawn = history.draw(evaluation.history, evaluation.kept)
    return None if drawn is None else _svg(drawn, "training curves")


def _bars(side: Side) -> Markup:
    with plotting.styled():
        bars = f1_bars.draw({name: found.classes for name, found in side.figures.items()})
    return _svg(bars, "F1 of each class")


def _svg(figure: Figure, description: str) -> Markup:
    with plotting.styled():
        return Markup(plotting.to_svg(figure, description))


def _confusions(figures: Figures) -> list[tuple[str, str, int]]:
    pairs: Iterable[tuple[str, str]] = ((m.truth, m.predicted) for m in figures.mistakes)
    return [(*pair, count) for pair, count in Counter(pairs).most_common(CONFUSIONS)]
