from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import numpy as np
import PIL.features
import pytest
from PIL import Image

from train import pixels
from train.sources import folder
from train.sources.sample import Sample
from wbc_edge import Classifier, image, runtimes
from wbc_edge.card import Framing, InputSpec
from wbc_edge.errors import InputError

SPEC = InputSpec(height=32, width=32, framing=Framing(method="cell", scale=2.2))


def test_training_and_the_device_feed_the_same_pixels(
    drawn_cells: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = Classifier()
    spec = classifier.card.input
    samples = folder.read(drawn_cells)[::17]
    fed: list[np.ndarray] = []
    run = type(classifier.session).run

    def recording(self: runtimes.Session, views: np.ndarray) -> np.ndarray:
        fed.append(views.copy())
        return run(self, views)

    monkeypatch.setattr(type(classifier.session), "run", recording)
    for sample in samples:
        classifier.classify(sample.path)
    trained_on = np.stack([pixels.prepare(sample, spec) for sample in samples])
    assert trained_on.dtype == np.uint8
    np.testing.assert_array_equal(np.concatenate(fed), trained_on)


def test_cells_are_read_once_and_in_order(drawn_cells: Path, tmp_path: Path) -> None:
    samples = folder.read(drawn_cells)[:5]
    first = pixels.load(samples, SPEC, tmp_path)
    assert first.shape == (5, 32, 32, 3)
    for sample, view in zip(samples, first, strict=True):
        np.testing.assert_array_equal(view, pixels.prepare(sample, SPEC))
    (kept,) = tmp_path.iterdir()
    file = kept.stat().st_ino
    np.testing.assert_array_equal(pixels.load(samples, SPEC, tmp_path), first)
    assert [path.stat().st_ino for path in tmp_path.iterdir()] == [file]


def test_pixels_of_another_decoder_are_not_used(
    drawn_cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = folder.read(drawn_cells)[:2]
    pixels.load(samples, SPEC, tmp_path)
    version = PIL.features.version
    monkeypatch.setattr(PIL.features, "version", lambda name: f"{version(name)}.1")
    pixels.load(samples, SPEC, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_cell_comes_through_is_known_whole() -> None:
    package = Path(image.__file__).parent

    def imported(name: str) -> set[str]:
        tree = ast.parse((package / name).read_text(encoding="utf-8"))
        found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        paths = {
            f"{path}.py"
            for node in found
            if node.module == "wbc_edge" or str(node.module).startswith("wbc_edge.")
            for path in (
                [one.name for one in node.names]
                if node.module == "wbc_edge"
                else [str(node.module).partition(".")[2].replace(".", "/")]
            )
        }
        return {path for path in paths if (package / path).is_file()}

    known, waiting = set[str](), {"image.py"}
    while waiting:
        known |= waiting
        waiting = set().union(*map(imported, waiting)) - known
    # What is asked for, and how files are read and locked: no pixel is made there.
    about = {"card.py", "container.py", "errors.py", "files.py", "shared.py", "typed.py"}
    assert known - about == set(pixels.PREPROCESSING)


def test_what_was_not_used_for_long_goes(drawn_cells: Path, tmp_path: Path) -> None:
    samples = folder.read(drawn_cells)[:3]
    long_ago = time.time() - (pixels.UNUSED_DAYS + 1) * 86_400
    for count in (1, 2):
        pixels.load(samples[:count], SPEC, tmp_path)
    for kept in tmp_path.iterdir():
        os.utime(kept, (long_ago, long_ago))
    pixels.load(samples[:1], SPEC, tmp_path)  # used again
    pixels.load(samples, SPEC, tmp_path)  # made: what lies there unused is cleared away
    assert sorted(len(np.load(path)) for path in tmp_path.iterdir()) == [1, 3]


def test_what_a_killed_process_has_left_half_made_goes_after_a_day(
    drawn_cells: Path, tmp_path: Path
) -> None:
    for name, hours in ((".123.partial.npy", 25), (".124.partial.npy", 23)):
        (tmp_path / name).touch()
        then = time.time() - hours * 3600
        os.utime(tmp_path / name, (then, then))
    pixels.load(folder.read(drawn_cells)[:1], SPEC, tmp_path)
    assert [path.name for path in tmp_path.glob("*.partial*")] == [".124.partial.npy"]


def test_of_files_alike_but_for_their_content_each_is_read(tmp_path: Path) -> None:
    def write(folder_: str, shade: int) -> list[Sample]:
        path = tmp_path / folder_ / "basophil" / "a.bmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (shade, 0, 0)).save(path)
        os.utime(path, (1e9, 1e9))  # as an archive leaves them
        return folder.read(tmp_path / folder_)

    for folder_, shade in (("one", 10), ("other", 20), ("other", 30)):
        (view,) = pixels.load(write(folder_, shade), SPEC, tmp_path / "cache")
        assert view[0, 0, 0] == shade


def test_other_cells_or_another_view_are_other_pixels(drawn_cells: Path, tmp_path: Path) -> None:
    samples = folder.read(drawn_cells)[:3]
    pixels.load(samples, SPEC, tmp_path)
    pixels.load(samples[:2], SPEC, tmp_path)
    assert pixels.load(samples, SPEC, tmp_path, margin=1.5).shape == (3, 48, 48, 3)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_cell_that_cannot_be_read_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "cells" / "basophil").mkdir(parents=True)
    (tmp_path / "cells" / "basophil" / "a.png").write_text("no picture")
    with pytest.raises(InputError, match=r"a\.png: .* \(`python -m train audit` names"):
        pixels.load(folder.read(tmp_path / "cells"), SPEC, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
