from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from export import parity

LABELS = ("a", "b", "c")


def _run(*, negatives: bool) -> Any:
    """Stands in for a run; the views of a cell are its logits."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 300)
    logits = 9 * np.eye(3)[targets] + rng.normal(0, 0.3, (300, 3))
    cells = [SimpleNamespace(label=LABELS[t], group=str(n)) for n, t in enumerate(targets)]
    parts = {"val": slice(0, 200), "test": slice(200, 300)}
    strange = {"val": rng.normal(0, 0.5, (50, 3)), "test": rng.normal(0, 0.5, (40, 3))}
    strange["test"][:4, 0] = 9.0  # these pass for cells
    return SimpleNamespace(
        config=SimpleNamespace(sources=[SimpleNamespace(name="drawn")], labels=LABELS),
        splits={"drawn": SimpleNamespace(parts={p: cells[s] for p, s in parts.items()})},
        part=lambda _, part: (logits[parts[part]], targets[parts[part]]),
        negatives=lambda part: strange[part] if negatives else None,
    )


def _verified(run: Any) -> parity.Verified:
    return parity._verify(lambda views: views, run, 0.003)


def test_the_outlier_parts_cells_from_what_is_none_and_its_price_is_told() -> None:
    found = _verified(_run(negatives=True))
    assert found.outlier is not None
    assert 3 < found.outlier < 9
    assert found.negatives == 40
    assert found.abstained is not None
    assert found.abstained.value == pytest.approx(0.9)
    assert found.refused["drawn"].value <= 0.02
    assert found.refused["drawn"].high < 0.05


def test_a_run_without_negatives_judges_no_outliers() -> None:
    found = _verified(_run(negatives=False))
    assert (found.outlier, found.abstained, found.negatives, found.refused) == (None, None, 0, {})
    assert found.accuracy["drawn"].top1.value == 1
