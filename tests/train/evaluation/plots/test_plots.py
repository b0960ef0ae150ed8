"""What each plot shows of a set of cells, good or hopeless."""

from __future__ import annotations

import numpy as np
import pytest

from train import plotting
from train.evaluation.figures import Figures, figures
from train.evaluation.plots import (
    classes,
    confusion,
    f1_bars,
    history,
    reliability,
    risk_coverage,
    roc,
)

LABELS = ("basophil", "eosinophil", "monocyte")


def _figures(margin: float, truth: tuple[str, ...] = LABELS, threshold: float = 0.6) -> Figures:
    rng = np.random.default_rng(0)
    true = [truth[n % len(truth)] for n in range(60)]
    powers = np.exp(rng.normal(size=(60, 3)) + margin * np.eye(3)[[LABELS.index(t) for t in true]])
    return figures(powers / powers.sum(axis=1, keepdims=True), true, LABELS, threshold=threshold)


@pytest.mark.parametrize(
    ("margin", "truth", "threshold"),
    [(1.0, LABELS, 0.6), (9.0, LABELS, 0.0), (-2.0, ("monocyte",), 1.0), (9.0, ("basophil",), 0.6)],
)
def test_everything_can_be_drawn(margin: float, truth: tuple[str, ...], threshold: float) -> None:
    found = _figures(margin, truth, threshold)
    with plotting.styled():
        drawn = [
            classes.draw(found.classes),
            confusion.draw(found.confusion, found.labels),
            reliability.draw(found.calibration, found.independent),
            risk_coverage.draw(
                found.selective,
                threshold=found.threshold,
                coverage=found.coverage,
                risk=found.risk,
            ),
            f1_bars.draw({"one": found.classes, "other": found.classes}),
            *([roc.draw(found.roc)] if found.roc else []),
        ]
        for figure in drawn:
            figure.draw_without_rendering()


def test_the_matrix_writes_its_counts_and_no_noughts() -> None:
    (axes,) = confusion.draw([[3, 0], [1, 1200]], ["ig", "platelet"]).axes
    assert [text.get_text() for text in axes.texts] == ["3", "1", "1,200"]


def test_the_threshold_is_marked_where_there_is_one() -> None:
    def legends(threshold: float) -> list[object]:
        found = _figures(1.0, threshold=threshold)
        figure = risk_coverage.draw(
            found.selective, threshold=threshold, coverage=found.coverage, risk=found.risk
        )
        return [axes.get_legend() for axes in figure.axes if axes.get_legend() is not None]

    assert len(legends(0.6)) == 1
    assert legends(0.0) == []


def test_good_curves_have_their_corner_enlarged() -> None:
    assert len(roc.draw(_figures(9.0).roc).axes) == 2
    assert len(roc.draw(_figures(0.5).roc).axes) == 1


def test_training_curves_stand_what_a_history_leaves_out() -> None:
    rows = [{"epoch": 1.0, "loss": 2.0}, {"epoch": 2.0, "loss": 1.0}]
    figure = history.draw(rows)
    assert figure is not None
    (axes,) = figure.axes
    assert len(axes.lines) == 1
    assert history.draw([{"epoch": 1.0}]) is history.draw([]) is None
