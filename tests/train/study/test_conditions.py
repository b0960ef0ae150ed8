"""The same drawn cells under other circumstances, asked of the shipped model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.train import command
from train.evaluation.cells import take
from train.sources import Source
from train.study.conditions.changes import CONDITIONS, Condition
from train.study.conditions.perform import choose, perform
from train.study.conditions.table import sheet
from wbc_edge import synthetic
from wbc_edge.errors import UsageError

BY_NAME = {condition.name: condition.change for condition in CONDITIONS}
CELL = Image.fromarray(synthetic.draw("neutrophil", seed=1, size=120))
RGB = np.asarray(CELL).astype(int)


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cells")
    synthetic.write_dataset(folder, 4, size=200)
    return folder


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_a_condition_is_a_picture_always_the_same_and_leaves_its_source_alone(
    condition: Condition,
) -> None:
    once, again = condition.change(CELL), condition.change(CELL)
    assert once.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(once), np.asarray(again))
    np.testing.assert_array_equal(np.asarray(CELL), RGB)
    assert (once.size == CELL.size and not (np.asarray(once) - RGB).any()) == (
        condition.name == "as it is"
    )


def test_conditions_do_what_they_say() -> None:
    def changed(name: str) -> np.ndarray:
        return np.asarray(BY_NAME[name](CELL)).astype(int)

    assert changed("tight").shape == (72, 72, 3)
    np.testing.assert_array_equal(changed("tight"), RGB[24:96, 24:96])
    np.testing.assert_array_equal(changed("wide")[60:180, 60:180], RGB)
    np.testing.assert_array_equal(changed("off centre")[:108, :96], RGB[12:, 24:])
    assert changed("coarse").shape == (64, 64, 3)
    steep = np.abs(np.diff(RGB, axis=1)).mean()
    assert np.abs(np.diff(changed("moving"), axis=1)).mean() < 0.7 * steep
    assert np.abs(np.diff(changed("sharpened"), axis=1)).mean() > 1.3 * steep
    assert (changed("over-exposed") >= RGB).all()
    assert (changed("pale stain").mean((0, 1)) > RGB.mean((0, 1))).all()
    assert (changed("dark stain").mean((0, 1)) < RGB.mean((0, 1))).all()
    assert not np.ptp(changed("without colour"), axis=2).any()
    white = np.percentile(RGB, 90, axis=(0, 1)) + 1

    def density(pixels: np.ndarray) -> np.ndarray:
        return np.log(white / (pixels[RGB[..., 1] < 120] + 1)).mean(0)

    for name, factors in (("blue stain", (1.2, 1, 0.5)), ("red stain", (0.6, 1, 1))):
        np.testing.assert_allclose(density(changed(name)) / density(RGB), factors, atol=0.06)
    assert not changed("eyepiece")[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    np.testing.assert_array_equal(changed("eyepiece")[30:90, 30:90], RGB[30:90, 30:90])
    lamp = changed("yellow lamp").mean((0, 1)) / RGB.mean((0, 1))
    np.testing.assert_allclose(lamp, (1, 0.85, 0.4), atol=0.02)


def test_as_many_cells_of_every_class_are_drawn_by_the_seed(cells: Path) -> None:
    (found,) = take([Source(reader="folder", path=cells)], part="all")
    chosen = choose([found], 2, seed=1)
    assert [sample.label for sample in chosen.samples] == sorted(2 * list(set(found.truth)))
    assert len(set(chosen.groups)) == 16
    assert chosen == choose([found], 2, seed=1) != choose([found], 2, seed=2)
    with pytest.raises(UsageError, match="--cells 5: there are 4 cells of basophil"):
        choose([found], 5)


def test_copies_of_one_original_widen_the_interval(cells: Path) -> None:
    (found,) = take([Source(reader="folder", path=cells)], part="all")
    apart = choose([found], 4)
    copies = replace(apart, groups=tuple(sample.label for sample in apart.samples))
    of_each, of_groups = (
        perform(["edge"], asked, conditions=CONDITIONS[:1], report=print)[0].top1
        for asked in (apart, copies)
    )
    assert of_each.value == of_groups.value
    assert of_groups.high - of_groups.low > of_each.high - of_each.low


def test_models_are_compared_with_themselves_in_pairs(cells: Path) -> None:
    (found,) = take([Source(reader="folder", path=cells)], part="all")
    black = Condition(name="black", what="no light", change=lambda p: Image.new("RGB", p.size))
    told: list[str] = []
    first, second = perform(
        ["edge"], choose([found], 4), conditions=(CONDITIONS[0], black), report=told.append
    )
    assert first.change is None
    assert first.top1.value > 0.5
    assert first.answered > 0.5
    assert second.top1.value == 1 / 8
    assert second.change is not None
    assert second.change.value == pytest.approx(1 / 8 - first.top1.value)
    assert (second.answered, second.wrong) == (0, None)
    assert sum(second.recalls.values()) == 1
    assert told == [f"as it is, edge: {100 * first.top1.value:.1f} %", "black, edge: 12.5 %"]


def test_a_class_that_a_model_does_not_have_is_refused(tmp_path: Path) -> None:
    synthetic.write_dataset(tmp_path, 2, size=48)
    (tmp_path / "platelet").rename(tmp_path / "blast")
    (found,) = take([Source(reader="folder", path=tmp_path)], part="all")
    with pytest.raises(UsageError, match="edge: has no class 'blast'"):
        perform(["edge"], choose([found], 1))


def test_the_sheet_shows_every_condition() -> None:
    whole = np.asarray(sheet())
    assert whole.shape[0] > 1000
    assert whole.std() > 30


def test_the_command_writes_page_figures_and_sheet(
    cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "docs" / "conditions.md"
    models, cells_of_all = ["edge", "nano"], ["--part", "all", "--cells", "1"]
    arguments = [*models, "--data", cells, *cells_of_all, "--out", out]
    assert command.run(monkeypatch, "study", "conditions", *arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(out)
    rows = [line.split("|")[1].strip() for line in out.read_text().splitlines() if "|" in line]
    assert rows.count("condition") == 2
    assert [name for name in rows if name in BY_NAME] == 2 * list(BY_NAME)
    assert f"]({out.stem}.jpg)" in out.read_text()
    with Image.open(out.with_suffix(".jpg")) as picture:
        assert picture.size == sheet().size
    document = json.loads(out.with_suffix(".json").read_text())
    assert len(document["rows"]) == 2 * len(CONDITIONS)
    assert document["command"].endswith("--part all --cells 1 --seed 0")
    assert document["rows"][0]["model"] == "edge"


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("page.png", "has to end in .md"), ("file/page.md", "File exists"), (".md", "in .md")],
)
def test_where_no_page_can_be_written_nothing_is_asked(
    out: str,
    sentence: str,
    cells: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    arguments = ["edge", "--data", cells, "--out", tmp_path / out]
    assert command.run(monkeypatch, "study", "conditions", *arguments) == 2
    assert sentence in capsys.readouterr().err
