from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from tests.train import tiny
from train.config import load
from train.fit import Watch
from train.run import Run
from train.tune import search
from wbc_edge.errors import UsageError

KNOBS = ("learning_rate", "unfreeze")


@pytest.fixture(autouse=True)
def cells(drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Drawn cells in the folder `cells` of the working directory."""
    here = tmp_path / "here"
    shutil.copytree(drawn_cells, here / "cells")
    monkeypatch.chdir(here)
    return here / "cells"


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """In place of training: the best rate is 1e-3, and accuracy grows with the epochs."""
    runs: list[Run] = []

    def learn(run: Run, *, report: object, watch: Watch) -> None:  # noqa: ARG001
        runs.append(run)
        run.checkpoint_file.touch()
        for epoch in range(1, run.config.epochs + 1):
            distance = abs(math.log10(run.config.learning_rate) + 3)
            watch({"epoch": epoch, "val_accuracy": 0.9 - 0.3 * distance - 0.1 / epoch})

    monkeypatch.setattr(search, "learn", learn)
    return runs


def _tune(folder: Path, trials: int, lines: list[str] | None = None, **changes: object) -> object:
    config = tiny.config(Path("cells"), epochs=4, **changes)
    report = (lines if lines is not None else []).append
    return search.tune(config, folder, knobs=KNOBS, trials=trials, report=report)


def test_a_search_finds_keeps_and_draws_the_best(tmp_path: Path, learnt: list[Run]) -> None:
    lines: list[str] = []
    best = _tune(tmp_path, 12, lines)
    assert len(learnt) == 12
    rates = [run.config.learning_rate for run in learnt]
    assert best.learning_rate == min(rates, key=lambda rate: abs(math.log10(rate) + 3))
    assert best.freeze.startswith("first:0") or best.freeze == "first:1.000"
    assert load(tmp_path / "best.json") == best
    assert any("pruned" in line for line in lines)
    for name in ("history.png", "importance.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert not list((tmp_path / "trials").glob("*/checkpoint.keras"))


def test_a_killed_search_goes_on_and_does_the_torn_trial_again(
    tmp_path: Path, learnt: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    _tune(tmp_path, 2)
    proper = search.learn

    def killed(run: Run, **_: object) -> None:
        learnt.append(run)
        raise SystemExit

    monkeypatch.setattr(search, "learn", killed)
    with pytest.raises(SystemExit):
        _tune(tmp_path, 4)
    torn = learnt[-1].config.learning_rate
    monkeypatch.setattr(search, "learn", proper)
    lines: list[str] = []
    _tune(tmp_path, 4, lines)
    assert "trial 2 was interrupted; it is done again" in lines
    assert learnt[3].config.learning_rate == torn
    assert len(learnt) == 5
    _tune(tmp_path, 4)
    assert len(learnt) == 5, "all trials are done"


def test_a_study_of_another_configuration_is_refused(tmp_path: Path, learnt: list[Run]) -> None:
    _tune(tmp_path, 1)
    with pytest.raises(UsageError, match=r"varies another configuration \(batch_size\)"):
        _tune(tmp_path, 2, batch_size=8)
    assert len(learnt) == 1


def test_a_study_of_other_settings_or_another_pruner_is_refused(
    tmp_path: Path, learnt: list[Run]
) -> None:
    _tune(tmp_path, 1)
    config = tiny.config(Path("cells"), epochs=4)
    with pytest.raises(UsageError, match=r"--over learning_rate,unfreeze, not balance;"):
        search.tune(config, tmp_path, knobs=("balance",), trials=2)
    with pytest.raises(UsageError, match="--pruner median, not none;"):
        search.tune(config, tmp_path, knobs=KNOBS[::-1], pruner="none", trials=2)
    assert len(learnt) == 1
    (tmp_path / "search.json").unlink()  # as an earlier release left it
    _tune(tmp_path, 2)
    assert len(learnt) == 2


def test_a_study_of_cells_that_have_changed_is_refused(
    tmp_path: Path, learnt: list[Run], cells: Path
) -> None:
    _tune(tmp_path, 1)
    next((cells / "monocyte").iterdir()).unlink()
    with pytest.raises(
        UsageError, match=r"the cells of cells are others than when its study began"
    ):
        _tune(tmp_path, 2)
    assert len(learnt) == 1


def test_a_refused_search_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to search"):
        search.tune(tiny.config(Path("cells")), tmp_path / "study", knobs=["luck"])
    assert not (tmp_path / "study").exists()


def test_a_study_goes_on_however_its_base_is_laid_out(tmp_path: Path, learnt: list[Run]) -> None:
    _tune(tmp_path, 1)
    base = tmp_path / "base.json"
    base.write_text(json.dumps(json.loads(base.read_text()), indent=4))
    _tune(tmp_path, 2)
    assert len(learnt) == 2


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    config = tiny.config(Path("cells"))
    with pytest.raises(UsageError, match="no pruner 'axe'"):
        search.tune(config, tmp_path, pruner="axe")
    with pytest.raises(UsageError, match="nothing to search under 'luck'"):
        search.tune(config, tmp_path, knobs=["luck"])
