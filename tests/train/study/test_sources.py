"""Recipes on three drawn sources, each without one: planned, trained, judged, written down."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.train import command, tiny
from train import machine
from train.config import Attributes, Negatives, Teacher
from train.fit import begin
from train.negatives.build import build
from train.run import Run
from train.sources import Source
from train.split import save
from train.study.sources.hold_out import Recipe, changes_of, configure, hold_outs
from train.study.sources.perform import all_in, outcomes, perform
from wbc_edge import synthetic
from wbc_edge.errors import UsageError

LABELS = ("basophil", "lymphocyte", "monocyte", "neutrophil")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources a, b and c; a has but two basophils, and b alone has monocytes."""
    folder = tmp_path_factory.mktemp("sources")
    for seed, name in enumerate("abc"):
        synthetic.write_dataset(folder / name, 6 if name == "a" else 12, seed=seed, size=48)
        for kind in (folder / name).iterdir():
            if kind.name not in LABELS or (kind.name == "monocyte" and name != "b"):
                shutil.rmtree(kind)
    for picture in sorted((folder / "a" / "basophil").iterdir())[2:]:
        picture.unlink()
    return folder


@pytest.fixture(scope="module")
def big(data: Path) -> Recipe:
    sources = tuple(Source(reader="folder", path=data / name) for name in "abc")
    config = tiny.config(data, sources=sources, labels=LABELS, epochs=1, steps=2, batch_size=4)
    return Recipe(name="big", config=config, changes=("epochs=1",))


@pytest.fixture(scope="module")
def small(big: Recipe) -> Recipe:
    teacher = Teacher(runs=("elsewhere/big",))
    config = replace(big.config, teacher=teacher)
    return Recipe(name="small", config=config, changes=("epochs=1",))


@pytest.fixture(scope="module")
def runs(big: Recipe, small: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished runs of both recipes without a."""
    folder = tmp_path_factory.mktemp("runs")
    rows = hold_outs([big, small], ["a"])
    assert not perform(rows, [big, small], folder, report=lambda _: None)
    return folder


def test_every_source_is_held_out_of_every_recipe(big: Recipe, small: Recipe) -> None:
    rows = hold_outs([big, small])
    assert [row.name for row in rows[:4]] == [
        "big-without-a",
        "big-without-b",
        "big-without-c",
        "small-without-a",
    ]
    assert {row.classes for row in rows} == {("basophil", "lymphocyte", "neutrophil")}


def test_a_source_held_out_is_seen_in_the_test_alone(
    runs: Path, big: Recipe, small: Recipe
) -> None:
    for row, outcome in outcomes(hold_outs([big, small], ["a"]), runs):
        assert outcome is not None
        split = json.loads(Run(runs / row.name).split_file.read_text())
        assert sorted(split) == ["b", "c"]
        assert outcome.train == sum(len(part["parts"]["train"]) for part in split.values())
        assert (outcome.epochs, outcome.changes) == (1, ("epochs=1",))
        assert outcome.machine == machine.describe()
        judged = outcome.judged
        assert (judged.source, judged.part, judged.cells, judged.doubts) == ("a", "all", 14, ())
        counts = {item.label: item.cells for item in judged.recalls}
        assert counts == {"basophil": 2, "lymphocyte": 6, "neutrophil": 6}
        # Two cells say nothing of a class: they count for the top-1 accuracy alone.
        assert judged.averaged == ("lymphocyte", "neutrophil")
        recalls = [item.recall.value for item in judged.recalls if item.recall is not None]
        assert judged.macro_recall is not None
        assert judged.macro_recall.value == pytest.approx(sum(recalls[1:]) / 2)
        assert judged.top1.value == pytest.approx(
            sum(r * n for r, n in zip(recalls, counts.values(), strict=True)) / 14
        )


def test_what_is_finished_is_not_done_again(runs: Path, big: Recipe, small: Recipe) -> None:
    lines: list[str] = []
    rows = hold_outs([big, small], ["a"])
    assert not perform(rows, [big, small], runs, report=lines.append)
    assert lines == [f"{row.name}: finished already" for row in rows]


def test_a_run_of_other_settings_is_not_taken_for_this_one(runs: Path, big: Recipe) -> None:
    longer = Recipe(name="big", config=replace(big.config, epochs=2))
    failures = perform(hold_outs([longer], ["a"]), [longer], runs, report=lambda _: None)
    assert "holds a run of other settings (epochs)" in str(failures["big-without-a"])


def test_teachers_give_way_to_those_of_the_study(big: Recipe, small: Recipe, runs: Path) -> None:
    (row,) = hold_outs([small], ["b"])
    config = configure(row, [big, small], runs)
    assert config.teacher.runs == (str(runs / "big-without-b"),)
    with pytest.raises(UsageError, match="give the --config of big first"):
        configure(row, [small, big], runs)
    failures = perform([row], [big, small], runs, report=lambda _: None)
    assert "learns from" in str(failures["small-without-b"])


def test_no_run_that_knows_the_source_is_learnt_from(big: Recipe, runs: Path) -> None:
    knowing = str(runs / "all" / "teacher")
    after = replace(big.config, sources=big.config.sources[:1], start=knowing)
    for name, config in (("teacher", big.config), ("next", after)):
        run = begin(config, runs / "all" / name)
        save(run.splits, run.split_file)
    followers = [
        replace(big.config, teacher=Teacher(runs=(knowing,))),
        replace(big.config, start=str(runs / "all" / "next")),
    ]
    for config in followers:
        recipe = Recipe(name="follower", config=config)
        (row,) = hold_outs([recipe], ["c"])
        with pytest.raises(UsageError, match=r"follower-without-c: .* has learnt from c$"):
            configure(row, [recipe], runs)


def test_attributes_of_the_source_alone_are_left_out(big: Recipe, tmp_path: Path) -> None:
    how = Attributes(path="cells.csv", source="a", weight=0.3)
    recipe = Recipe(name="told", config=replace(big.config, attributes=how))
    held_out = {
        row.source.name: configure(row, [recipe], tmp_path).attributes
        for row in hold_outs([recipe], ["a", "b"])
    }
    assert held_out == {"a": Attributes(), "b": how}


def test_negatives_of_the_source_are_left_out(big: Recipe, tmp_path: Path) -> None:
    folder = tmp_path / "negatives"
    build(big.config.sources[:2], folder, count=1)
    recipe = Recipe(
        name="big", config=replace(big.config, negatives=Negatives(path=str(folder), share=0.3))
    )
    (row,) = hold_outs([recipe], ["a"])
    config = configure(row, [recipe], tmp_path)
    assert config.negatives.without == ("a",)
    every, without = (
        begin(chosen, tmp_path / name).negatives("train")
        for name, chosen in (("every", recipe.config), ("without", config))
    )
    assert every is not None
    assert without is not None
    cut = [len(list((folder / "train").glob(f"{name}-*/*"))) for name in "ab"]
    assert min(cut) > 0
    assert len(every) - len(without) == cut[0]


def test_what_a_network_trained_on_all_may_know_is_told_of_its_sources_together(
    runs: Path, big: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.study.judge.FEWEST", 1)
    monkeypatch.setattr(
        "train.evaluation.doubts.doubts",
        lambda cells, name, _: (f"{name}: {' and '.join(part.source for part in cells)}",),
    )
    found = all_in(str(runs / "big-without-a"), [big])
    assert found.doubts == ("big-without-a: b and c",)
    assert all(judged.doubts == () for judged in found.judged)


@pytest.fixture
def recipe_file(big: Recipe, runs: Path) -> Path:
    file = runs / "big.json"
    big.config.save(file)
    return file


def _run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    return command.run(monkeypatch, "study", "sources", *arguments)


def test_the_command_writes_one_table(
    recipe_file: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.study.judge.FEWEST", 1)
    out = tmp_path / "docs" / "sources.md"
    arguments = ["--config", str(recipe_file), "--runs", str(runs), "--out", str(out)]
    arguments += ["--only", "big-without-a", "--all-in", str(runs / "big-without-a")]
    assert _run(arguments, monkeypatch) == 0
    rows = [line for line in out.read_text().splitlines() if line.startswith("| big")]
    assert rows[0].startswith("| big | a, unseen | ")
    assert "| 2 of 3 |" in rows[0]
    assert "| 14 | 14 | `epochs=1` | 1 |" in rows[0]
    assert "not finished" in rows[1]
    assert rows[3].startswith("| big-without-a | b, test part | ")
    assert "`big`, a, unseen: not in the mean" in out.read_text()
    document = json.loads(out.with_suffix(".json").read_text())
    assert [row["name"] for row in document["rows"]][-1] == "big-without-a"
    assert document["rows"][0]["outcome"]["judged"]["cells"] == 14
    assert document["rows"][1]["outcome"] is None


def test_where_nothing_can_be_carried_out_the_earlier_table_stays(
    recipe_file: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    out = tmp_path / "sources.md"
    arguments = ["--config", str(recipe_file), "--runs", str(runs), "--out", str(out)]
    arguments += ["--only", "big-without-a"]
    assert _run(arguments, monkeypatch) == 0
    first = out.read_text()
    assert _run([*arguments, "--set", "epochs=2"], monkeypatch) == 2
    assert "holds a run of other settings (epochs)" in capsys.readouterr().err
    assert out.read_text() == first


def test_a_row_of_an_earlier_table_is_not_done_again_elsewhere(
    recipe_file: Path, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, elsewhere = tmp_path / "sources.md", tmp_path / "elsewhere"
    arguments = ["--config", str(recipe_file), "--hold-out", "a", "--out", str(table)]
    arguments += ["--set", "epochs=1"]
    assert _run([*arguments, "--runs", str(runs)], monkeypatch) == 0
    first = table.read_text()
    arguments += ["--runs", str(elsewhere), "--earlier", str(table.with_suffix(".json"))]
    assert _run(arguments, monkeypatch) == 0
    assert table.read_text() == first
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--hold-out", "d"], "--hold-out d: no such source; there are a, b, c"),
        (["--out", "table.txt"], "--out table.txt: the page's name has to end in .md"),
        (["--only", "big"], "--only big: no such row; there are big-without-a, big-without-b"),
        (["--set", "epoch=3"], "no such setting 'epoch'"),
        (["--set", 'sources=["a"]'], "nothing can be held out of fewer than two sources"),
        (["--set", "start=nowhere", "--hold-out", "a"], "nowhere: no training run here"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    sentence: str,
    recipe_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["--config", str(recipe_file), "--runs", str(recipe_file.parent), *arguments]
    assert _run(given, monkeypatch) == 2
    assert sentence in capsys.readouterr().err


def test_a_setting_is_changed_of_all_recipes_or_of_one() -> None:
    texts = ["steps=3", "big:epochs=9", 'sources=["folder:cells"]']
    both = ("steps=3", 'sources=["folder:cells"]')
    assert changes_of("small", texts, ["big", "small"]) == both
    assert changes_of("big", texts, ["big", "small"]) == ("steps=3", "epochs=9", both[1])
    with pytest.raises(UsageError, match="--set large:epochs=1: no such recipe; there are big"):
        changes_of("big", ["large:epochs=1"], ["big"])
