from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import PIL.Image
import pytest

from tests.train import command, tiny
from tests.train.alone import folds, split
from train import machine, training
from train.augment import Augmentation
from train.config import Attributes, Negatives, Stage, Teacher, load
from train.fit import begin, fit, learn
from train.fit import final_figures as write_figures
from train.negatives.build import build
from train.run import Run
from train.sources import READERS, Source, folder
from train.sources.sample import Sample
from train.split import PARTS, digest, save
from train.training import _reseed
from wbc_edge import synthetic
from wbc_edge.errors import UsageError, WbcEdgeError

TINY = ["--option", "alpha=0.25", "--weights", "none", "--size", "32", "--batch-size", "16"]


def _fit(*arguments: object, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "train", "fit", *map(str, arguments)],
            stdout=file,
            stderr=file,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )


def _negatives(folder: Path) -> Path:
    build([], folder / "negatives", count=7)
    return folder / "negatives"


def _shades(cells: Path, table: Path) -> Path:
    """An attribute of every second cell of a folder."""
    names = sorted(path.relative_to(cells).as_posix() for path in cells.rglob("*.png"))[::2]
    rows = [f"{name},{('pale', 'dark')[number % 2]}" for number, name in enumerate(names)]
    table.write_text("\n".join(["file,shade", *rows]))
    return table


def test_a_run_leaves_everything_that_its_docstring_names(
    drawn_cells: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    run = fit(tiny.config(drawn_cells), tmp_path / "run", report=lines.append)
    assert load(run.config_file) == run.config == tiny.config(drawn_cells)
    assert [row["epoch"] for row in run.history()] == [1, 2]
    assert lines[0] == "drawn: 80 train, 8 val, 8 test; 0 duplicates, 0 left out as contradictory"
    metrics = json.loads(run.metrics_file.read_text())
    assert metrics["split_sha256"] == run.split_sha256
    assert metrics["drawn/test"]["count"] == 8
    assert run.best().count_params() == metrics["parameters"]
    assert json.loads(run.split_file.read_text())["drawn"]["sha256"] == run.splits["drawn"].sha256
    assert run.machines() == [machine.describe()]
    assert not list(run.folder.glob("*partial*"))


def test_training_learns_to_tell_drawn_cells(tmp_path: Path) -> None:
    cells = tmp_path / "cells"
    for label in ("eosinophil", "lymphocyte"):
        (cells / label).mkdir(parents=True)
        for seed in range(30):
            picture = keras.utils.array_to_img(synthetic.draw(label, seed=seed, size=64))
            picture.save(cells / label / f"{seed}.png")
    config = tiny.config(
        cells,
        labels=("eosinophil", "lymphocyte"),
        augmentation=Augmentation(crop=0, colour=0, haze=0, blur=0, codec=0, noise=0),
        learning_rate=5e-3,
        weight_decay=0.0,
        epochs=3,
        steps=40,
    )
    run = fit(config, tmp_path / "run", report=lambda _: None)
    first, *_, last = run.history()
    assert last["loss"] < 0.9 * first["loss"]
    assert last["accuracy"] > first["accuracy"]


def test_attributes_are_learnt_by_layers_that_the_kept_network_is_without(
    drawn_cells: Path, tmp_path: Path
) -> None:
    table = _shades(drawn_cells, tmp_path / "shades.csv")
    with pytest.raises(UsageError, match=r"attributes\.weight.* has to be above 0 with a path"):
        Attributes(path=str(table))
    how = Attributes(path=str(table), weight=1.0)
    config = tiny.config(drawn_cells, attributes=how, keep="last")
    lines: list[str] = []
    run = fit(config, tmp_path / "run", report=lines.append)
    assert "learnt beside the classes: shade (2 values)" in lines
    trained = keras.saving.load_model(run.checkpoint_file)
    assert trained.output_shape == (None, len(config.labels) + 2)
    best = run.best()
    assert best.output_shape == (None, len(config.labels))
    assert best.count_params() < trained.count_params()
    plain = fit(tiny.config(drawn_cells), tmp_path / "plain", report=lambda _: None)
    assert best.count_params() == plain.best().count_params()
    # What is trained is the same; statistics of batch norms are the kept network's own.
    learnt = {weight.path: weight for weight in trained.trainable_weights}
    for weight in best.trainable_weights:
        np.testing.assert_array_equal(weight, learnt.pop(weight.path))
    assert len(learnt) == 2  # a kernel and a bias tell the attributes
    table.unlink()
    fit(config, run.folder, resume=True, report=lines.append)
    assert "all 2 epochs are trained; its figures are worked out anew" in lines


def test_a_killed_run_goes_on_to_the_weights_of_an_unbroken_one(
    drawn_cells: Path, tmp_path: Path
) -> None:
    # With all that a checkpoint has to carry: an average, a half-gathered gradient, a stage.
    recipe = ["--data", drawn_cells, *TINY, "--epochs", "3", "--steps", "5", "--patience", "9"]
    for setting in (
        "optimizer.average=0.9",
        "optimizer.accumulate=2",
        "mixing.mixup=0.2",
        f"negatives.path={_negatives(tmp_path)}",
        f"attributes.path={_shades(drawn_cells, tmp_path / 'shades.csv')}",
        "attributes.weight=0.5",
        'stages=[{"epochs": 2, "freeze": "blocks:5", "rate": 2.0}]',
    ):
        recipe += ["--set", setting]
    log = tmp_path / "log"
    unbroken = _fit(*recipe, "--out", tmp_path / "unbroken", log=log)
    assert unbroken.wait(timeout=300) == 0, log.read_text()
    killed = _fit(*recipe, "--out", tmp_path / "killed", log=log)
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed" / "checkpoint.keras").exists():
        assert time.monotonic() < deadline
        assert killed.poll() is None, log.read_text()
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert len(Run(tmp_path / "killed").history()) < 3
    # As of a kill while a checkpoint is written.
    (tmp_path / "killed" / ".1.partial.keras").write_text("torn")
    resumed = _fit("--resume", "--out", tmp_path / "killed", log=log)
    assert resumed.wait(timeout=300) == 0, log.read_text()

    runs = [Run(tmp_path / name) for name in ("unbroken", "killed")]
    assert [len(run.history()) for run in runs] == [3, 3]
    one, other = (keras.saving.load_model(run.checkpoint_file).get_weights() for run in runs)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not list(runs[1].folder.glob("*partial*"))


def test_patience_ends_a_stage_and_the_next_one_has_its_turn(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the run is stopped after every epoch, among them the last of a stage cut short."""
    monkeypatch.setattr(training, "predict", lambda _, views: np.zeros((len(views), 8)))
    stages = (Stage(epochs=4, freeze="blocks:5"),)
    config = tiny.config(drawn_cells, epochs=9, steps=2, stages=stages, patience=1)
    lines: list[str] = []
    unbroken, stopped = (begin(config, tmp_path / name) for name in ("unbroken", "stopped"))
    learn(unbroken, report=lines.append)
    # The first epoch is the best; one more of each stage is not better.
    assert len(unbroken.history()) == 2 + 1
    assert [line[-7:] for line in lines if "the stage ends" in line] == ["epoch 2", "epoch 3"]

    def stop(_: dict[str, float]) -> None:
        raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            learn(stopped, report=lambda _: None, watch=stop)
    learn(stopped, report=lambda _: None)
    assert len(stopped.history()) == 3
    runs = (unbroken, stopped)
    one, other = (keras.saving.load_model(run.checkpoint_file).get_weights() for run in runs)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_steps_of_norms_count_from_the_stage_that_may_have_freed_them(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(training, "lagging", lambda _, steps: counted.append(steps))
    config = tiny.config(
        drawn_cells, epochs=3, steps=2, stages=(Stage(epochs=1, freeze="all"),), patience=3
    )
    fit(config, tmp_path / "run", report=lambda _: None)
    assert counted == [2, 2, 4]


def test_layers_of_chance_have_each_their_own_and_have_it_again() -> None:
    pixels = keras.Input((1000,))
    both = [keras.layers.Dropout(0.5)(pixels) for _ in range(2)]
    model = keras.Model(pixels, both)

    def drawn(epoch: int) -> np.ndarray:
        _reseed(model, (3, epoch))
        return np.stack(model(np.ones((1, 1000)), training=True))

    first, second = drawn(0)
    assert 0.4 < (first == second).mean() < 0.6
    np.testing.assert_array_equal(drawn(0), [first, second])
    assert (drawn(1)[0] != first).any()


def test_a_run_has_its_negatives_beside_its_cells(drawn_cells: Path, tmp_path: Path) -> None:
    how = Negatives(path=str(_negatives(tmp_path)), share=0.3)
    config = tiny.config(drawn_cells, epochs=1, steps=2, negatives=how, label_smoothing=0.0)
    run = fit(config, tmp_path / "run", report=lambda _: None)
    (row,) = run.history()
    # Of eleven cells a batch, two batches.
    assert row["accuracy"] * 22 == pytest.approx(round(row["accuracy"] * 22), abs=1e-3)
    strange = run.negatives("test")
    assert strange is not None
    assert strange.shape == (len(list((tmp_path / "negatives" / "test").iterdir())), 32, 32, 3)
    assert json.loads(run.metrics_file.read_text())["drawn/test"]["count"] == 8


def test_negatives_that_are_not_there_are_a_usage_error(drawn_cells: Path, tmp_path: Path) -> None:
    config = tiny.config(drawn_cells, negatives=Negatives(path=str(tmp_path / "none")))
    with pytest.raises(UsageError, match="holds no pictures; `python -m train negatives`"):
        fit(config, tmp_path / "run", report=lambda _: None)


def test_a_run_goes_on_from_another_ones_best_network(drawn_cells: Path, tmp_path: Path) -> None:
    first = fit(tiny.config(drawn_cells, epochs=1), tmp_path / "first", report=lambda _: None)
    config = tiny.config(drawn_cells, epochs=1, start=str(first.folder), learning_rate=0.0)
    second = fit(config, tmp_path / "second", report=lambda _: None)
    kernels = [[v.numpy() for v in run.best().trainable_variables] for run in (first, second)]
    for mine, theirs in zip(*kernels, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_training_that_diverges_says_so_and_leaves_nothing_of_its_first_epoch(
    drawn_cells: Path, tmp_path: Path
) -> None:
    config = tiny.config(drawn_cells, epochs=2, learning_rate=1e30, warm_up=0.0)
    with pytest.raises(UsageError, match=r"the training has diverged in epoch 1: its loss is nan"):
        fit(config, tmp_path / "run", report=lambda _: None)
    assert not (tmp_path / "run" / "config.json").exists()


def test_a_run_keeps_its_best_epoch_or_its_last(drawn_cells: Path, tmp_path: Path) -> None:
    # A rate that ruins the network: the first epoch is the best.
    worse = {"epochs": 3, "learning_rate": 1.0, "warm_up": 3.0}
    runs = {
        keep: fit(
            tiny.config(drawn_cells, keep=keep, **worse), tmp_path / keep, report=lambda _: None
        )
        for keep in ("best", "last")
    }
    accuracies = [row["val_accuracy"] for row in runs["best"].history()]
    assert runs["best"].history()[0]["loss"] == runs["last"].history()[0]["loss"]
    assert runs["best"].kept_epoch() == accuracies.index(max(accuracies)) + 1
    assert runs["last"].kept_epoch() == 3
    # Statistics of batch norms apart, which so short a training fits to what is kept.
    last = keras.saving.load_model(runs["last"].checkpoint_file, compile=False).trainable_weights
    for a, b in zip(runs["last"].best().trainable_weights, last, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_run_in_the_same_folder_is_refused(drawn_cells: Path, tmp_path: Path) -> None:
    config = tiny.config(drawn_cells)
    config.save(tmp_path / "config.json")
    with pytest.raises(UsageError, match="holds a run already"):
        fit(config, tmp_path)
    with pytest.raises(UsageError, match="no training run here"):
        fit(config, tmp_path / "nowhere", resume=True)


def test_two_sources_of_one_name_are_refused_before_a_folder_is_made(
    drawn_cells: Path, tmp_path: Path
) -> None:
    source = Source(reader="folder", path=drawn_cells)
    with pytest.raises(UsageError, match="two sources are called 'drawn'"):
        fit(tiny.config(drawn_cells, sources=(source, source)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": ("basophil", "monocyte")}, "'eosinophil', which is none of"),
        ({"stages": (Stage(epochs=1, freeze="blocks:99"),)}, "the backbone has 13 blocks"),
        ({"freeze": "some"}, "no freezing 'some'"),
        ({"teacher": Teacher(runs=("nowhere",))}, "nowhere"),
        ({"start": "nowhere"}, "nowhere"),
    ],
)
def test_a_refused_run_leaves_the_folder_as_it_was(
    changes: dict[str, object], sentence: str, drawn_cells: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").touch()
    for out in (tmp_path / "run", tmp_path / "notes"):
        # Of a stage too that would come after hours.
        with pytest.raises(WbcEdgeError, match=sentence):
            fit(tiny.config(drawn_cells, **changes), out, report=lambda _: None)
    assert not (tmp_path / "run").exists()
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["mine.txt"]


def test_a_cell_does_not_test_as_one_sources_and_teach_as_anothers(
    drawn_cells: Path, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    for number, path in enumerate(sorted(drawn_cells.rglob("*.png"))):
        target = copies / path.parent.name / f"{999 - number}.png"  # parted otherwise
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    sources = (Source(reader="folder", path=drawn_cells), Source(reader="folder", path=copies))
    told: list[str] = []
    config = tiny.config(drawn_cells, sources=sources, epochs=1, steps=1)
    run = fit(config, tmp_path / "run", report=told.append)
    known = [
        {part: {digest(cell) for cell in split.parts[part]} for part in PARTS}
        for split in run.splits.values()
    ]
    alone = split(sources[0].read(), seed=config.seed)
    for mine, others in (known, known[::-1]):
        assert mine["train"].isdisjoint(others["test"] | others["val"])
        assert mine["val"].isdisjoint(others["test"])
    assert known[0]["test"] == {digest(cell) for cell in alone.parts["test"]}
    left = len(run.splits[drawn_cells.name].leaks)
    assert left
    assert any(f"{left} as copies of others tested with" in line for line in told)


def test_a_begun_run_that_cannot_go_on_keeps_its_folder(drawn_cells: Path, tmp_path: Path) -> None:
    run = begin(tiny.config(drawn_cells, freeze="some"), tmp_path / "run")
    with pytest.raises(UsageError, match="no freezing"):
        fit(run.config, run.folder, resume=True, report=lambda _: None)
    with pytest.raises(UsageError, match="holds a run already"):
        fit(run.config, run.folder, report=lambda _: None)
    assert run.config_file.is_file()


def test_figures_are_whole_or_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(Run):
        config = SimpleNamespace(sources=())
        split_sha256 = ""

        def best(self) -> SimpleNamespace:
            return SimpleNamespace(count_params=lambda: 1)

    def half(path: Path, text: str, **_: object) -> None:
        path.write_bytes(text[: len(text) // 2].encode())
        raise KeyboardInterrupt

    run = Stopped(tmp_path)
    run.metrics_file.write_bytes(b"{}\n")
    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(KeyboardInterrupt):
        write_figures(run, print)
    assert run.metrics_file.read_bytes() == b"{}\n"


@pytest.mark.parametrize("replaced", [False, True])
def test_a_run_whose_cells_have_changed_is_not_gone_on_with(
    replaced: bool, drawn_cells: Path, tmp_path: Path
) -> None:
    cells = Path(shutil.copytree(drawn_cells, tmp_path / "cells"))
    run = begin(tiny.config(cells), tmp_path / "run")
    save(run.splits, run.split_file)
    before = run.split_file.read_bytes()
    cell = next((cells / "monocyte").iterdir())
    cell.unlink()
    told = r"run: its cells have changed since it began \(cells\)"
    if replaced:  # by another picture under the same name
        PIL.Image.new("RGB", (90, 90), "white").save(cell)
        told = rf"since it began \(1 of the files of cells, monocyte/{cell.name} first\)"
    with pytest.raises(UsageError, match=told):
        fit(run.config, run.folder, resume=True, report=lambda _: None)
    assert run.split_file.read_bytes() == before


def test_the_folds_of_a_set_are_tested_on_in_turn(drawn_cells: Path, tmp_path: Path) -> None:
    source = Source(reader="folder", path=drawn_cells)
    turns = [
        begin(tiny.config(drawn_cells, folds=3, fold=fold), tmp_path / str(fold)).splits["drawn"]
        for fold in (1, 2, 3)
    ]
    assert tuple(turns) == folds(source.read(), 3)


@pytest.mark.parametrize(("part", "what"), [(None, "validate with"), ("test", "train on")])
def test_a_source_without_cells_of_a_part_is_named(
    part: str | None, what: str, drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> list[Sample]:
        return [replace(cell, part=part) for cell in folder.read(path)]

    monkeypatch.setitem(READERS, "folder", read)
    cells = tmp_path / "cells" / "monocyte"
    cells.mkdir(parents=True)
    shutil.copy(next((drawn_cells / "monocyte").iterdir()), cells)
    with pytest.raises(UsageError, match=f"cells: has no cell to {what} among its 1; give more"):
        fit(tiny.config(cells.parent), tmp_path / "run", report=lambda _: None)
    assert not (tmp_path / "run" / "split.json").exists()


def test_negatives_that_are_parted_otherwise_are_refused(drawn_cells: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "negatives"
    build([Source(reader="folder", path=drawn_cells)], pictures, count=1)
    how = Negatives(path=str(pictures))
    same, other, without, older = (
        begin(
            tiny.config(drawn_cells, negatives=replace(how, **changes), seed=seed),
            tmp_path / name,
        )
        for name, seed, changes in (
            ("same", 0, {}),
            ("other", 1, {}),
            ("without", 1, {"without": ("drawn",)}),
            ("older", 1, {}),
        )
    )
    assert same.negatives("train") is not None
    with pytest.raises(UsageError, match="its pictures of drawn are parted otherwise"):
        other.negatives("train")
    assert without.negatives("train") is not None
    (pictures / "negatives.json").unlink()
    assert older.negatives("train") is not None


def test_negatives_of_a_fold_serve_its_training(drawn_cells: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "negatives"
    build([Source(reader="folder", path=drawn_cells)], pictures, count=1, folds=3, fold=2)
    first, second = (
        begin(
            tiny.config(
                drawn_cells, negatives=Negatives(path=str(pictures)), folds=3, fold=fold, seed=0
            ),
            tmp_path / str(fold),
        )
        for fold in (1, 2)
    )
    assert second.negatives("train") is not None
    with pytest.raises(UsageError, match="negatives --folds 3 --fold 1 --seed 0` makes others"):
        first.negatives("train")


def test_a_class_that_the_network_lacks_is_named(drawn_cells: Path, tmp_path: Path) -> None:
    config = tiny.config(drawn_cells, labels=("basophil", "monocyte"))
    with pytest.raises(UsageError, match="'eosinophil', which is none of basophil, monocyte"):
        fit(config, tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "--out", "x"], "no cells to train on"),
        (["fit", "--out", "x", "--data", "nowhere"], "no such folder"),
        (
            ["fit", "--out", "x", "--data", "CELLS", "--network", "alexnet"],
            "'network' has to be one of mobilenet",
        ),
        (["fit", "--out", "x", "--data", "CELLS", "--augment", "fog=1"], "no such setting"),
        (["fit", "--out", "x", "--data", "CELLS", "--augment", "haze=-1"], "'haze' has to be 0"),
        (
            ["fit", "--out", "x", "--data", "CELLS", "--augment", "haze=80"],
            "is a probability, not 80",
        ),
        (["fit", "--out", "x", "--data", "CELLS", "--augment", "scale=0"], "'scale' is a factor"),
        (
            ["fit", "--out", "x", "--data", "CELLS", "--set", "loss.name=mse"],
            "one of cross_entropy",
        ),
        (["fit", "--out", "x", "--data", "CELLS", "--option", "depth=3"], "no option 'depth'"),
        (["fit", "--out", "x", "--data", "CELLS", "--option", "alpha=wide"], "has to be a number"),
        (
            [
                *("fit", "--out", "x", "--data", "CELLS"),
                *("--network", "tiny_resnet", "--option", "widths=3"),
            ],
            "has to be a list",
        ),
        (
            [
                *("fit", "--out", "x", "--data", "CELLS"),
                *("--network", "tiny_resnet", "--option", 'widths=[8,"a"]'),
            ],
            "'options.widths[1]' has to be a whole number, not 'a'",
        ),
        (["fit", "--out", "x", "--data", "CELLS", "--seed", "5000000000"], "below 2^32"),
        (["fit", "--out", "x", "--data", "CELLS", "--size", "1"], "has to be 16 or more"),
        (["fit", "--out", "x", "--config", "run.yaml"], "a .json or a .toml file"),
        (["fit", "--out", "x", "--data", "CELLS", "--option", "alpha"], "expected NAME=VALUE"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    drawn_cells: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [str(drawn_cells) if text == "CELLS" else text for text in arguments]
    assert command.run(monkeypatch, *arguments) == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert "Traceback" not in errors


def test_classes_without_a_training_cell_are_told_of(drawn_cells: Path, tmp_path: Path) -> None:
    said: list[str] = []
    labels = (*sorted(synthetic.LABELS), "blast")
    config = tiny.config(drawn_cells, epochs=1, steps=1, labels=labels)
    fit(config, tmp_path / "run", report=said.append)
    assert any(
        "there is no training cell of blast: the network cannot learn" in line for line in said
    )


def test_a_network_that_keras_cannot_build_leaves_nothing(
    drawn_cells: Path, tmp_path: Path
) -> None:
    small = replace(tiny.config(drawn_cells).input, height=20, width=20)
    with pytest.raises(UsageError, match=r"the network mobilenet alpha=0\.25 cannot be built: "):
        fit(tiny.config(drawn_cells, input=small), tmp_path / "run", report=lambda _: None)
    assert not (tmp_path / "run").exists()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file: is a file; --out names a folder"):
        fit(tiny.config(drawn_cells), tmp_path / "file")
