from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from tests.train import command
from tests.wbc_edge.conftest import environment
from train.console import TYPER, run_command

STOPPED = """
import tempfile, time
from train.console import run_command

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


def test_an_argument_that_is_empty_is_no_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(monkeypatch, "fit", "--data", "cells", "--out", "") == 2
    told = "error: an argument is empty: is a variable of the shell not set?\n"
    assert capsys.readouterr().err == told


def test_what_the_system_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/split.json")

    assert command.run(monkeypatch, main=lambda: run_command(full)) == 2
    assert capsys.readouterr().err == "error: out/split.json: No space left on device\n"


def _stopped() -> None:
    raise KeyboardInterrupt


def _app() -> typer.Typer:
    app = typer.Typer(**TYPER)
    app.command()(_stopped)
    return app


@pytest.mark.parametrize("stopped", [_stopped, _app()], ids=["plain", "through typer"])
def test_who_stops_it_is_told_so(
    stopped: Callable[[], object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert command.run(monkeypatch, main=lambda: run_command(stopped)) == 130
    assert capsys.readouterr().err == "stopped\n"


NATIVE = """
import signal
from train.console import run_command

def command():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise AssertionError("Nesting violated") from None

signal.signal(signal.SIGINT, signal.default_int_handler)
run_command(command)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_an_interruption_that_came_out_as_another_error_is_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NATIVE], capture_output=True, env=environment(), check=False
    )
    assert (done.returncode, done.stderr) == (130, b"stopped\n")


def test_a_backend_that_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start() -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    assert command.run(monkeypatch, main=lambda: run_command(start)) == 2
    assert "pip install -e '.[accelerator]'" in capsys.readouterr().err
    with pytest.raises(ModuleNotFoundError):
        run_command(lambda: (_ for _ in ()).throw(ModuleNotFoundError(name="other")))
