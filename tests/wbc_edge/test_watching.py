"""Folders that pictures come into: what is given, when, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.paths import INT8
from wbc_edge import drawings, watching
from wbc_edge.errors import UsageError
from wbc_edge.inputs import HEAT_MAP
from wbc_edge.watching import watched

from .conftest import environment

Step = Callable[[], object]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has steps done between one look and the next, and the watch ended after the last."""

    def plan(*steps: Step | None) -> None:
        left = list(steps)
        told = [False]

        def wait(_seconds: float, _stopped: Callable[[], bool]) -> None:
            if not left:
                told[0] = True
            elif (step := left.pop(0)) is not None:
                step()

        # A signal to the process of the tests would be one to all of them.
        monkeypatch.setattr(watching, "asked_to_stop", lambda: nullcontext(lambda: told[0]))
        monkeypatch.setattr(watching, "_wait", wait)

    return plan


def names(folder: Path) -> list[str]:
    return [Path(path).name for path in watched([str(folder)])]


def test_what_is_there_comes_first_and_then_what_comes(tmp_path, looks):
    for name in ("cell10.png", "cell2.png", "notes.txt", ".hidden.png"):
        (tmp_path / name).write_text(name)
    drawings.save(PIL.Image.new("RGB", (8, 8)), "cell2.png", tmp_path, HEAT_MAP)
    deep = tmp_path / "deep"

    def come() -> None:
        deep.mkdir()
        (deep / "late.jpg").write_text("late")

    looks(None, come, None, None)
    assert names(tmp_path) == ["cell2.png", "cell10.png", "late.jpg"]


def test_what_is_still_being_written_waits(tmp_path, looks):
    slow = tmp_path / "slow.png"

    def grow() -> None:
        with slow.open("a") as file:
            file.write("more")

    seen: list[int] = []
    looks(grow, grow, grow, None, None)
    seen = [Path(path).stat().st_size for path in watched([str(tmp_path)])]
    assert seen == [12]


def test_what_has_changed_is_given_again(tmp_path, looks):
    live = tmp_path / "live.png"
    live.write_text("one")
    looks(None, lambda: live.write_text("another"), None, live.unlink, None,
          lambda: live.write_text("another"), None, None)  # fmt: skip
    assert names(tmp_path) == ["live.png"] * 3


def test_a_folder_that_goes_and_comes_back_is_told_of_and_its_pictures_are_not_new(tmp_path, looks):
    card = tmp_path / "card"
    card.mkdir()
    (card / "a.png").write_text("a")
    away = tmp_path / "away"
    looks(None, lambda: card.rename(away), None, None, lambda: away.rename(card), None, None)
    assert names(card) == ["a.png", "card"]


def test_a_long_wait_ends_soon_after_a_signal(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "EVERY_S", 0.001)
    # However soon the folder has been looked through, the second look would be years away.
    monkeypatch.setattr(watching, "SHARE", 1e12)
    asked = iter([False] * 20)
    monkeypatch.setattr(watching, "asked_to_stop", lambda: nullcontext(lambda: next(asked, True)))
    (tmp_path / "seen once.png").write_text("cell")
    assert names(tmp_path) == []
    assert next(asked, None) is None


@pytest.mark.parametrize("name", ["cell.png", "nowhere", ""])
def test_only_folders_can_be_watched(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cell.png").write_text("cell")
    with pytest.raises(UsageError, match="is no folder"):
        watched([".", name])


@pytest.fixture
def microscope(tmp_path: Path) -> Path:
    """A folder without pictures, and beside it the tiny int8 model."""
    pytest.importorskip("ai_edge_litert")
    shutil.copy(INT8, tmp_path / "model.tflite")
    (tmp_path / "shots").mkdir()
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
@pytest.mark.parametrize(("name", "spoilt"), [("SIGINT", False), ("SIGTERM", True)])
def test_every_picture_is_answered_as_it_comes(microscope, encoded, name, spoilt):
    picture = encoded(np.full((30, 40, 3), 120, np.uint8))
    command = [sys.executable, "-m", "wbc_edge", "classify", "shots", "--watch", "-f", "jsonl"]
    with subprocess.Popen(
        [*command, "-m", "model.tflite"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=microscope,
        preexec_fn=lambda: signal.signal(getattr(signal, name), signal.SIG_DFL),
        env=environment(),
    ) as process:
        assert process.stdout
        assert process.stderr
        assert b"waiting for what comes into shots" in process.stderr.readline()
        (microscope / "shots" / "one.png").write_bytes(picture)
        assert json.loads(process.stdout.readline())["error"] is None
        (microscope / "shots" / "two.png").write_bytes(b"" if spoilt else picture)
        assert json.loads(process.stdout.readline())["path"] == "shots/two.png"
        process.send_signal(getattr(signal, name))
        assert process.stdout.read() == b""
        assert process.wait() == (1 if spoilt else 0)


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_rows_in_a_file_are_there_at_once_and_complete_in_the_end(microscope, encoded):
    (microscope / "shots" / "one.png").write_bytes(encoded(np.full((30, 40, 3), 9, np.uint8)))
    command = [sys.executable, "-m", "wbc_edge", "classify", "shots", "--watch", "-o", "rows.csv"]
    with subprocess.Popen(
        [*command, "-m", "model.tflite"], stderr=subprocess.PIPE, cwd=microscope, env=environment()
    ) as process:
        partial = microscope / "rows.csv.partial"
        deadline = time.monotonic() + 20
        while not (partial.exists() and b"one.png" in partial.read_bytes()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert not partial.exists()
    assert (microscope / "rows.csv").read_text().count("\n") == 2


def test_it_answers_one_at_a_time(microscope):
    command = [sys.executable, "-m", "wbc_edge", "classify", "shots", "--watch", "--workers", "2"]
    done = subprocess.run(
        command, capture_output=True, cwd=microscope, env=environment(), check=False
    )
    assert done.returncode == 2
    assert b"--watch answers one image at a time: leave out --workers" in done.stderr


def test_a_file_that_could_not_be_read_is_given_again_when_it_can(tmp_path, looks, monkeypatch):
    (tmp_path / "cell.png").write_text("cell")
    locked = [True]
    monkeypatch.setattr(os, "access", lambda *_: not locked[0])  # root may read anything

    looks(None, None, lambda: locked.clear() or locked.append(False), None, None)
    assert names(tmp_path) == ["cell.png", "cell.png"]
