"""What `auto` was tuned to is used where it can be, and never stands in the way."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.paths import INT8, NCHW
from wbc_edge.classifier import Classifier
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.runtimes import ENGINES, is_installed, tuned
from wbc_edge.runtimes.tuned import Choice

FIRST = next(
    (one.name for one in ENGINES if "tflite" in one.formats and is_installed(one)), "litert"
)
"""What `auto` comes to without tuning."""


def stored(threads: object) -> str:
    """The file that has `auto` take so many threads."""
    choices = f'{{"tflite": {{"runtime": "{FIRST}", "threads": {threads}}}}}'
    return f'{{"schema": 1, "choices": {choices}}}'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "tuning.json"
    monkeypatch.setenv(tuned.VARIABLE, str(path))
    return path


def test_without_a_file_auto_is_the_first_runtime_with_one_thread(file: Path) -> None:
    session = Classifier(INT8).session
    assert (session.runtime, session.threads) == (FIRST, 1)
    assert tuned.state() == ((), None)
    assert not file.exists()


def test_a_stored_choice_is_what_auto_does(file: Path) -> None:
    assert tuned.store("tflite", Choice(runtime=FIRST, threads=2)) == file
    assert Classifier(INT8).session.threads == 2
    assert Classifier(INT8, threads=1).session.threads == 1
    assert Classifier(INT8, runtime=FIRST).session.threads == 1
    assert tuned.state() == ((f"auto runs tflite models with {FIRST}, threads: 2",), None)


def test_choices_for_other_formats_are_kept(file: Path) -> None:
    pytest.importorskip("onnxruntime")
    tuned.store("onnx", Choice(runtime="onnxruntime", threads=2))
    tuned.store("tflite", Choice(runtime=FIRST, threads=1))
    content = json.loads(file.read_text())
    assert content["schema"] == 1
    assert content["choices"]["onnx"] == {"runtime": "onnxruntime", "threads": 2}
    assert tuned.choice(NCHW) == ("onnxruntime", 2)


@pytest.mark.usefixtures("file")
def test_another_runtime_is_used_once_it_is_chosen() -> None:
    pytest.importorskip("openvino")
    tuned.store("tflite", Choice(runtime="openvino", threads=1))
    assert Classifier(INT8).session.runtime == "openvino"


@pytest.mark.usefixtures("file")
def test_a_runtime_that_is_gone_is_done_without() -> None:
    tuned.store("tflite", Choice(runtime="no-such", threads=2))
    assert Classifier(INT8).session.runtime == FIRST
    assert "tuned for no-such, which is no runtime: auto" in str(tuned.state()[1])


@pytest.mark.usefixtures("file")
def test_a_runtime_that_does_not_read_the_format_is_done_without() -> None:
    tuned.store("tflite", Choice(runtime="onnxruntime", threads=1))
    assert Classifier(INT8).session.runtime == FIRST
    assert "onnxruntime, which does not read tflite models" in str(tuned.state()[1])


@pytest.mark.skipif(os.name == "nt", reason="pipes are files on Unix")
@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_a_file_that_is_none_is_not_waited_for(file: Path, kind: str) -> None:
    file.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")
    assert Classifier(INT8).session.threads == 1
    assert "it is not an ordinary file" in str(tuned.state()[1])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "Expecting"),
        ('{"schema": 2, "choices": {}}', "its schema is 2, not 1"),
        ('{"schema": 1, "choices": {"tflite": {"runtime": "litert"}}}', "not of the form"),
        ("[]", "not of the form"),
        (stored("1e999"), "not of the form"),
        *((stored(threads), "threads are not between 1 and 128") for threads in (0, 129, 10**400)),
        ("[" * 100_000, "not of the form"),
        (f'{{"schema": {10**4_000}, "choices": {{}}}}', "its schema is 1"),
    ],
)
def test_a_file_that_cannot_be_read_is_ignored_and_told(
    file: Path, content: str, reason: str
) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert Classifier(INT8).session.threads == 1
    told = str(tuned.state()[1])
    assert "is ignored" in told
    assert reason in told


def test_what_a_file_names_is_told_without_its_control_characters(file: Path) -> None:
    file.parent.mkdir()
    choice = {"runtime": "x\x1b]0;title\x07", "threads": 1}
    file.write_text(json.dumps({"schema": 1, "choices": {"tflite\x1b[2J": choice}}))
    told, problem = tuned.state()
    assert problem is not None
    assert "".join([*told, problem]).isprintable()


@pytest.mark.usefixtures("file")
def test_a_model_that_the_chosen_runtime_cannot_run_is_run_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned.store("tflite", Choice(runtime=FIRST, threads=2))
    model = shutil.copy(INT8, tmp_path)
    real = tuned.open_session

    def refuse(path: Path, **asked: Any) -> object:
        if asked["threads"] == 2:
            raise ModelError("an operator is not known")
        return real(path, **asked)

    monkeypatch.setattr(tuned, "open_session", refuse)
    assert Classifier(model).session.threads == 1


@pytest.mark.skipif(os.name == "nt", reason="a Unix path")
def test_the_file_is_where_the_system_keeps_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tuned.VARIABLE)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    assert tuned.location() == Path("/config/wbc-edge/tuning.json")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert tuned.location() == Path("/home/me/.config/wbc-edge/tuning.json")
    # A user whom the system does not know has no home; "~" would be a folder right here.
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert tuned.location() == Path(tempfile.gettempdir(), "wbc-edge", "tuning.json")


def test_a_place_that_cannot_be_written_is_said(file: Path) -> None:
    tuned.check_storable()
    shutil.rmtree(file.parent)
    file.parent.write_text("a file, not a folder")
    with pytest.raises(UsageError, match="cannot be written"):
        tuned.check_storable()
    with pytest.raises(UsageError, match="cannot be written"):
        tuned.store("tflite", Choice(runtime=FIRST, threads=1))
