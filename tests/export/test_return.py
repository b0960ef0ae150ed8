"""The way back: from an exported file to the run that it came from, and to another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.train import command
from train import restore
from train.average import average
from train.fit import begin, fit
from train.precision import precision
from train.recipe import ancestry
from train.run import Run
from train.sources import Source
from train.zoo.exported import network
from train.zoo.refit import folded
from wbc_edge.bundle import open_bundle
from wbc_edge.errors import UsageError


@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_a_float_file_gives_its_network_back(run: Run, files: dict[str, Path], kind: str) -> None:
    rebuilt = network(open_bundle(files[f"tflite-{kind}"]))
    views, _ = run.part("drawn", "test")
    ours, theirs = (np.asarray(model.predict_on_batch(views)) for model in (rebuilt, run.best()))
    tolerance = {"float32": 1e-4, "float16": 5e-3}[kind]
    np.testing.assert_allclose(ours, theirs, atol=tolerance * np.ptp(theirs))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("tflite-int8", "its weights are quantised; give the float16 or float32 file"),
        ("onnx-float32", "only TFLite files are taken apart"),
    ],
)
def test_other_files_are_no_network_to_go_on_from(
    files: dict[str, Path], kind: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        network(open_bundle(files[kind]))


def test_the_run_of_a_file_is_made_again(
    run: Run, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = files["tflite-float32"], tmp_path / "again"
    command_line = ("restore", file, "--config", run.config_file, "--out", out)
    assert command.run(monkeypatch, *command_line) in (None, 0)
    again = Run(out)
    again.check_finished()
    assert again.config.start == str(file)
    assert again.split_sha256 == run.split_sha256
    ours, theirs = (each.metrics["drawn/test"] for each in (again, run))
    assert ours["top1"] == theirs["top1"]
    assert ours["confusion"] == theirs["confusion"]
    assert command.run(monkeypatch, *command_line) == 2


def test_a_file_that_shows_cells_closer_than_its_recipe_is_shown_them_so_again(
    run: Run, files: dict[str, Path], tmp_path: Path
) -> None:
    recipe = replace(run.config.input, framing=replace(run.config.input.framing, scale=3.0))
    config = replace(run.config, input=recipe)
    file, out = str(files["tflite-float32"]), tmp_path / "again"
    again = restore.restore(file, config, out, report=lambda _: None)
    assert again.config.input == run.config.input


def test_a_run_of_a_file_is_gone_on_from_in_another_folder_alone(
    run: Run, files: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "again"
    again = restore.restore(str(files["tflite-float32"]), run.config, out, report=lambda _: None)
    assert not folded(again.best())
    with pytest.raises(UsageError, match="again: came out of a model file; to train on, --start"):
        fit(again.config, out, resume=True, report=lambda _: None)
    onward = replace(again.config, start=str(out), learning_rate=0.0, steps=1, epochs=1)
    after = fit(onward, tmp_path / "after", report=lambda _: None)
    both = average([again, after], tmp_path / "both", report=lambda _: None)
    views, _ = run.part("drawn", "test")
    ours, theirs = (
        np.asarray(model.predict_on_batch(views)) for model in (both.best(), again.best())
    )
    np.testing.assert_allclose(ours, theirs, atol=0.25 * np.ptp(theirs))


def test_what_stops_a_restoring_leaves_no_folder(
    run: Run, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restore, "final_figures", stop)
    out = tmp_path / "again"
    with pytest.raises(KeyboardInterrupt):
        restore.restore(str(files["tflite-float32"]), run.config, out, report=lambda _: None)
    assert not out.exists()


def test_a_file_is_taken_apart_in_its_own_numbers(files: dict[str, Path]) -> None:
    with precision("mixed_bfloat16"):
        rebuilt = network(open_bundle(files["tflite-float32"]))
    assert rebuilt.layers[-1].compute_dtype == "float32"


def test_a_file_that_may_know_the_test_cells_is_told_of(
    run: Run, files: dict[str, Path], tmp_path: Path
) -> None:
    start = str(files["tflite-float32"])
    same = begin(replace(run.config, start=start), tmp_path / "same")
    assert ancestry.doubts(same) == []
    other = begin(replace(run.config, start=start, seed=9), tmp_path / "other")
    (doubt,) = ancestry.doubts(other)
    assert "has learnt from drawn too, and perhaps from cells that this run is tested on" in doubt


def test_a_recipe_of_other_parts_or_another_network_makes_no_run(
    run: Run, files: dict[str, Path], tmp_path: Path
) -> None:
    file, out = str(files["tflite-float32"]), tmp_path / "again"
    larger = replace(run.config.input, height=48, width=48)
    for change, sentence in (
        ({"seed": 9}, "parted otherwise"),
        ({"options": {"alpha": 0.5}}, r"another network or view \(architecture\)"),
        ({"input": larger}, r"another network or view \(height, width\)"),
    ):
        with pytest.raises(UsageError, match=sentence):
            restore.restore(file, replace(run.config, **change), out, report=lambda _: None)
        assert not out.exists()


def test_a_file_is_trained_on_cells_of_ones_own(
    run: Run, files: dict[str, Path], drawn_cells: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    config = replace(
        run.config,
        sources=(Source(reader="folder", path=drawn_cells),),
        negatives=replace(run.config.negatives, path=None),
        start=str(files["tflite-float16"]),
        learning_rate=0.0,
        steps=2,
    )
    after = fit(config, tmp_path / "after", report=said.append)
    assert any("folded batch norms were given the statistics" in line for line in said)
    views, _ = run.part("drawn", "test")
    ours, theirs = (
        np.asarray(model.predict_on_batch(views)).argmax(1) for model in (after.best(), run.best())
    )
    assert (ours == theirs).mean() > 0.8
    assert after.config.learns_from == (str(files["tflite-float16"]),)
