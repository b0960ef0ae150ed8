from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wbc_edge import errors

from .conftest import environment


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (errors.InputError, 1),
        (errors.UsageError, 2),
        (errors.GateFailed, 3),
        (errors.ModelError, 4),
        (errors.RuntimeUnavailable, 4),
    ],
)
def test_each_error_knows_its_exit_code(kind: type[errors.WbcEdgeError], exit_code: int) -> None:
    assert issubclass(kind, errors.WbcEdgeError)
    assert kind("sentence").exit_code == exit_code
    assert kind.__name__ in (errors.__doc__ or "")


def test_an_input_error_keeps_the_name_apart_from_the_reason() -> None:
    error = errors.InputError("the JPEG ends too early", code="truncated", source="a.jpg")
    assert str(error) == "a.jpg: the JPEG ends too early"
    assert (error.reason, error.source, error.code) == (
        "the JPEG ends too early",
        "a.jpg",
        "truncated",
    )


def test_a_code_that_is_not_given_is_that_of_the_class() -> None:
    assert errors.ModelError("broken").code == "model_corrupt"


STOPPED = """
import tempfile, time
from wbc_edge.errors import run_command

def command():
    with tempfile.TemporaryDirectory(dir=".", prefix="partial-"):
        print("begun", flush=True)
        time.sleep(60)

run_command(command)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_a_command_that_is_told_to_stop_clears_away_what_is_half_written(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"begun\n"
        assert list(tmp_path.iterdir())
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == b""
        assert process.wait() == 143
    assert not list(tmp_path.iterdir())
