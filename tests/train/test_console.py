from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wbc_edge.conftest import environment

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
