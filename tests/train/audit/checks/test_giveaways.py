from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.train.audit.planted import cell, evidence
from train.audit import Finding, Severity
from train.audit.checks import giveaways

LABELS = ("basophil", "ig", "monocyte", "platelet")
BLUISH = (200.0, 205.0, 225.0)


def _findings(trap: dict[str, Any], *, of: tuple[str, ...] = ("ig",)) -> list[Finding]:
    """Of 400 cells every eighth of some classes has what `trap` says."""
    cells = [
        cell(i, label, **(trap if label in of and (i // 4) % 2 else {}))
        for i, label in enumerate(LABELS * 100)
    ]
    return list(giveaways.check(evidence(*cells)))


def test_nothing_is_found_where_nothing_betrays_the_class() -> None:
    (trees,) = _findings({})
    assert trees.severity is Severity.NOTE
    assert trees.figures["chance"] == 0.25
    assert max(trees.figures["balanced_accuracy"].values()) < 0.35


def test_chance_betrays_no_class_of_a_few_cells() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        grey = rng.integers(200, 250, (80, 3)).tolist()
        cells = [cell(i, label, background=tuple(grey[i])) for i, label in enumerate(LABELS * 20)]
        assert all(one.severity is Severity.NOTE for one in giveaways.check(evidence(*cells)))


@pytest.mark.parametrize(
    ("trap", "attribute", "value"),
    [
        ({"width": 90}, "size", "90 x 96"),
        ({"format": "JPEG"}, "format", "JPEG"),
        ({"background": BLUISH}, "background", "bluish"),
        ({"black_rim": 0.4}, "frame", "black at the rim"),
    ],
)
def test_a_telling_value_is_named(trap: dict[str, Any], attribute: str, value: str) -> None:
    finding, trees = _findings(trap)
    assert (finding.figures["attribute"], finding.figures["value"]) == (attribute, value)
    assert finding.severity is Severity.WARNING
    assert finding.figures["counts"] == {"basophil": 0, "ig": 50, "monocyte": 0, "platelet": 0}
    assert finding.figures["never"] == ["basophil", "monocyte", "platelet"]
    assert finding.figures["p"] < 1e-6
    assert trees.severity is Severity.WARNING


def test_a_value_spread_over_all_classes_tells_nothing() -> None:
    assert len(_findings({"width": 90}, of=LABELS)) == 1


def test_a_size_that_comes_with_another_background_is_said_to() -> None:
    finding, *_ = _findings({"width": 90, "background": BLUISH})
    assert finding.figures["attribute"] == "size"
    assert finding.figures["background_cast"] == pytest.approx(25, abs=3)
    assert "background is bluer by 2" in finding.text


def test_bytes_alone_can_tell() -> None:
    *_, trees = _findings({"file_bytes": 90_000}, of=("ig", "platelet"))
    scores = trees.figures["balanced_accuracy"]
    assert scores["bytes of the file"] > 0.35
    assert "bytes of the file" in trees.title
    assert np.isclose(scores["size and format"], 0.25)
