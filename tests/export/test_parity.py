from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from export import parity
from export.confidence import Doubt
from train.sources import catalogue
from wbc_edge import Classifier, bundle
from wbc_edge.errors import UsageError

LABELS = ("a", "b", "c")
TINY = Path(__file__).parents[1] / "data" / "tiny-int8.tflite"


def _run(*, negatives: bool, noise: float = 0.3) -> Any:
    """Stands in for a run; the views of a cell are its logits."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 300)
    logits = 9 * np.eye(3)[targets] + rng.normal(0, noise, (300, 3))
    cells = [
        SimpleNamespace(key=str(n), label=LABELS[t], group=str(n)) for n, t in enumerate(targets)
    ]
    parts = {"val": slice(0, 200), "test": slice(200, 300)}
    strange = {"val": rng.normal(0, 0.5, (50, 3)), "test": rng.normal(0, 0.5, (40, 3))}
    strange["test"][:4, 0] = 9.0  # these pass for cells
    run = SimpleNamespace(
        folder=Path("run"),
        config=SimpleNamespace(
            sources=[SimpleNamespace(name="drawn")],
            labels=LABELS,
            input=SimpleNamespace(height=1, width=1),
        ),
        splits={"drawn": SimpleNamespace(parts={p: cells[s] for p, s in parts.items()})},
        part=lambda _, part: (logits[parts[part]], targets[parts[part]]),
        negatives=lambda part: strange[part] if negatives else None,
        negatives_groups=lambda part: [str(number) for number in range(len(strange[part]))],
    )
    run.groups = lambda source, part: [cell.group for cell in run.splits[source].parts[part]]
    return run


def _verified(run: Any, *, risk: float = 0.003) -> parity.Verified:
    return parity._verify(lambda views: views, run, Doubt(risk=risk, turns=1))


def test_a_doubtful_cell_is_looked_at_again_and_what_came_of_it_is_told() -> None:
    """The network goes by the upper left pixel; each view has one that misleads in 10 % of them."""
    rng = np.random.default_rng(1)
    run = _run(negatives=False)
    views = {}
    for part in ("val", "test"):
        targets = run.part("drawn", part)[1]
        corners = np.repeat(9 * np.eye(3)[targets][:, None], 4, axis=1)
        corners += rng.normal(0, 0.1, corners.shape)
        misled = np.arange(len(targets)) % 10 == 0
        corners[misled, 0] = 0.3 * np.eye(3)[(targets[misled] + 1) % 3]
        views[part] = corners.reshape(-1, 2, 2, 3), targets
    run.part = lambda _, part: views[part]

    def logits(laid: Any) -> Any:
        return laid[:, 0, 0]

    once, twice = (
        parity._verify(logits, run, Doubt(turns=turns, scales=(1.0,), cost=0.8)) for turns in (1, 8)
    )
    assert once.second_look is None
    assert once.one_look["drawn"].value == pytest.approx(0.9)
    assert once.accuracy["drawn"].again is None
    assert once.accuracy["drawn"].top1.value == pytest.approx(0.9)
    assert twice.second_look is not None
    again = twice.accuracy["drawn"].again
    assert again is not None
    assert again.value == pytest.approx(0.1)
    assert twice.one_look["drawn"].value == pytest.approx(0.9)
    first = twice.answers["drawn"].first
    np.testing.assert_array_equal(first.argmax(1), once.answers["drawn"].final.argmax(1))
    assert twice.accuracy["drawn"].top1.value == 1
    # A file that does not look again is beside one that does as good at the first look alone.
    beside = parity.beside(once, twice, run, 0.5)["drawn"]
    assert beside.first.lost == 0
    assert beside.final is not None
    assert beside.answered.lost == 10
    assert parity.beside(once, once, run, 0.5)["drawn"].final is None


def test_figures_are_those_of_a_device_that_goes_by_the_card() -> None:
    opened = bundle.open_bundle(TINY)
    rng = np.random.default_rng(3)
    views = rng.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8) // np.uint8(2)
    views += rng.integers(0, 127, (60, 1, 1, 3), dtype=np.uint8)
    targets = np.arange(60) % 8
    run = _run(negatives=False)
    run.config.labels = opened.card.labels
    cells = [
        SimpleNamespace(key=str(n), label=opened.card.labels[t], group=str(n))
        for n, t in enumerate(targets)
    ]
    run.splits["drawn"].parts = {"val": cells[:40], "test": cells[40:]}
    parts = {"val": slice(0, 40), "test": slice(40, 60)}
    run.part = lambda _, part: (views[parts[part]], targets[parts[part]])
    found = parity.verify_file(TINY, run, Doubt(turns=8, scales=(1.0, 0.6), cost=3))
    assert found.second_look is not None
    assert found.second_look.scales == (1.0, 0.6)
    device = Classifier.untuned(
        replace(
            opened,
            card=replace(
                opened.card,
                temperature=found.temperature,
                threshold=found.threshold,
                second_look=found.second_look,
            ),
        )
    )
    answers = device.answers(views[40:])
    figures = found.accuracy["drawn"]
    right = [answer.label == cell.label for answer, cell in zip(answers, cells[40:], strict=True)]
    assert figures.top1.value == pytest.approx(np.mean(right))
    assert figures.again is not None
    assert 0 < figures.again.value < 1
    assert figures.again.value == pytest.approx(np.mean([a.looks > 1 for a in answers]))
    assert figures.abstention.answered == sum(not answer.abstained for answer in answers)


def test_no_cell_is_turned_that_is_not_square() -> None:
    run = _run(negatives=False)
    run.config.input = SimpleNamespace(height=2, width=3)
    assert parity._verify(lambda views: views, run, Doubt()).second_look is None


def test_the_outlier_parts_cells_from_what_is_none_and_its_price_is_told() -> None:
    found = _verified(_run(negatives=True))
    assert found.outlier is not None
    assert 3 < found.outlier < 9
    assert found.negatives == 40
    assert found.abstained is not None
    assert found.abstained.value == pytest.approx(0.9)
    assert found.refused["drawn"].value <= 0.02
    assert found.refused["drawn"].high < 0.05


def test_cells_that_are_taken_for_none_count_as_unanswered() -> None:
    run = _run(negatives=True)
    run.part("drawn", "test")[0][:7] -= 20  # of little energy, which the softmax does not see
    found = _verified(run, risk=0.01)
    assert found.refused["drawn"].value == pytest.approx(0.07)
    assert found.accuracy["drawn"].top1.value == 1
    assert found.threshold == 0
    assert found.accuracy["drawn"].abstention.answered == 93


def test_a_run_without_negatives_judges_no_outliers() -> None:
    found = _verified(_run(negatives=False))
    assert (found.outlier, found.abstained, found.negatives, found.refused) == (None, None, 0, {})
    assert found.accuracy["drawn"].top1.value == 1


def test_figures_are_those_of_the_numbers_that_the_card_holds() -> None:
    found = _verified(_run(negatives=True, noise=5))
    assert 0 < found.threshold < 1
    assert found.temperature == round(found.temperature, 4)
    assert found.accuracy["drawn"].abstention.threshold == found.threshold


def test_neither_temperature_nor_threshold_is_found_by_labels_known_to_be_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = _run(negatives=False)
    logits, targets = run.part("drawn", "val")
    for cell in (3, 8):
        logits[cell] = 30 * np.eye(3)[(targets[cell] + 1) % 3]
    deceived = _verified(run)
    assert deceived.threshold == 1
    known = replace(catalogue.UNKNOWN, disputed={"3": "another class", "8": "another class"})
    monkeypatch.setitem(catalogue.CATALOGUE, "drawn", known)
    assert parity.disputed(run).nonzero()[0].tolist() == [3, 8]
    found = _verified(run)
    # Now none is wrong, of cells too few to show the risk.
    assert 0 < found.threshold < 1
    assert found.temperature < 0.8 * deceived.temperature


def _with_sources(**parts: dict[str, int]) -> Any:
    """A run of several sources, each with the first so many cells of `_run` in its parts."""
    run = _run(negatives=False)
    cells = run.splits["drawn"].parts
    run.config.sources = [SimpleNamespace(name=name) for name in parts]
    run.splits = {
        name: SimpleNamespace(parts={p: cells[p][: sizes.get(p, 0)] for p in cells})
        for name, sizes in parts.items()
    }
    whole = run.part
    run.part = lambda name, part: tuple(v[: parts[name][part]] for v in whole(name, part))
    return run


def test_the_first_source_with_cells_to_check_by_decides() -> None:
    run = _with_sources(untested={"val": 40}, chosen={"val": 90, "test": 90}, late={"test": 9})
    assert parity.judge(run) == "chosen"
    found = _verified(run)
    assert len(found.rehearsal.final) == 90
    assert list(found.answers) == ["chosen", "late"]
    assert list(parity.beside(found, found, run, 0.5)) == ["chosen", "late"]


def test_another_source_does_not_move_what_is_promised_for_the_first() -> None:
    alone = _verified(_with_sources(first={"val": 90, "test": 90}))
    run = _with_sources(first={"val": 90, "test": 90}, other={"val": 90, "test": 90})
    cells = run.part
    run.part = lambda name, part: (
        cells(name, part)[0] * (-1 if name == "other" else 1),
        cells(name, part)[1],
    )
    found = _verified(run)
    assert (found.temperature, found.threshold) == (alone.temperature, alone.threshold)
    assert found.accuracy["other"].top1.value < 0.1


def test_a_run_without_cells_to_check_by_is_refused() -> None:
    with pytest.raises(UsageError, match="run: no source has both validation and test cells"):
        _verified(_with_sources(a={"val": 5}, b={"test": 5}))
