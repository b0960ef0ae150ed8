"""A study of two rows on drawn cells: carried out, interrupted, gone on with, written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.train.study.published.rows import FIRST, SECOND
from train.config import Config
from train.fit import begin
from train.study.published.entries import ENTRIES
from train.study.published.outcome import Small
from train.study.published.perform import folder_of, int8, outcomes, perform
from train.zoo import NETWORKS
from wbc_edge.measure.intervals import Estimate


@pytest.fixture(scope="module")
def runs(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folders of the study's first row, the second having only begun."""
    folder = tmp_path_factory.mktemp("study")
    begin(SECOND.config(drawn_cells.parent, None, "small"), folder_of(SECOND, folder, "small"))
    failures = perform(
        [FIRST],
        folder,
        data=drawn_cells.parent,
        weights=None,
        budget="small",
        report=lambda _: None,
        compress=lambda _: None,
    )
    assert not failures
    return folder


def test_a_study_does_what_is_left_and_no_more(runs: Path, drawn_cells: Path) -> None:
    lines: list[str] = []
    broken = replace(FIRST, name="broken", network="alexnet")
    small = Small(
        bytes=300_000, top1=Estimate(value=0.5, low=0.2, high=0.8), float_operators="none"
    )
    failures = perform(
        [FIRST, broken, SECOND],
        runs,
        data=drawn_cells.parent,
        weights=None,
        budget="small",
        report=lines.append,
        compress=lambda _: small,
    )
    # The first has been trained, and could not be converted then.
    assert lines[0].startswith("first (1 of 3): ")
    assert lines[1].startswith("broken (2 of 3): ")
    assert list(failures) == ["broken"]
    assert "alexnet" in str(failures["broken"])
    (_, first), (_, missing), (_, second) = outcomes([FIRST, broken, SECOND], runs, "small")
    assert missing is None
    assert first is not None
    assert second is not None
    assert first.small == second.small == small
    assert first.start == second.start == "random"
    assert first.epochs == 1
    assert first.seconds > 0
    assert first.train + first.test < 36
    assert first.top1.low <= first.top1.value <= first.top1.high
    lines.clear()
    perform(
        [FIRST],
        runs,
        data=drawn_cells.parent,
        weights=None,
        budget="small",
        report=lines.append,
    )
    assert lines == ["first: finished already"]


def test_a_run_of_other_settings_is_neither_finished_nor_gone_on_with(
    runs: Path, drawn_cells: Path
) -> None:
    third = replace(FIRST, name="third")
    folder = folder_of(third, runs, "small")
    begin(third.config(drawn_cells.parent, None, "small"), folder)
    failures = perform(
        [replace(row, protocol={"batch_size": 4}) for row in (FIRST, third)],
        runs,
        data=drawn_cells.parent,
        weights=None,
        budget="small",
        report=lambda _: None,
        compress=lambda _: None,
    )
    for name in ("first", "third"):
        assert "holds a run of other settings (batch_size)" in str(failures[name])
    assert [path.name for path in folder.iterdir()] == ["config.json"]


def test_int8_is_measured_by_the_export_command(runs: Path) -> None:
    pytest.importorskip("tf2onnx", reason="the export extra is not installed")
    from train.run import Run

    small = int8(Run(folder_of(FIRST, runs, "small")))
    assert small is not None
    assert 200_000 < small.bytes < 600_000
    assert small.float_operators == "none"


def test_the_weights_decide_how_a_row_is_trained(tmp_path: Path) -> None:
    without = FIRST.config(tmp_path, str(tmp_path), "small")
    assert (without.weights, without.freeze) == (None, "none")
    (tmp_path / "none.weights.h5").touch()
    found = FIRST.config(tmp_path, str(tmp_path), "small")
    assert (found.weights, found.freeze) == (str(tmp_path / "none.weights.h5"), "all")
    assert FIRST.config(tmp_path, "imagenet", "full").weights == "imagenet"


def test_every_row_of_the_published_study_is_a_configuration(tmp_path: Path) -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        for budget in ("full", "small"):
            for weights in (None, "imagenet"):
                config = entry.config(tmp_path, weights, budget)
                assert isinstance(config, Config)
                assert config.network in NETWORKS
    # `nano`'s network is no published system's, and too small to be compared with them.
    assert {entry.network for entry in ENTRIES} == set(NETWORKS) - {"tiny_resnet"}


def test_the_row_that_learns_from_other_sets_leaves_out_what_it_is_tested_on(
    tmp_path: Path,
) -> None:
    (entry,) = (entry for entry in ENTRIES if entry.name == "mobilenet_kaggle")
    tested, *others = entry.config(tmp_path, None, "small").sources
    assert tested.reader == "kaggle"
    for source in others:
        assert source.classes == entry.cells.labels
        # Fields of BCCD are the originals of the cells that it is tested on.
        assert (source.without is not None) == (source.reader == "bccd")
