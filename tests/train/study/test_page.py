from __future__ import annotations

import shlex
from pathlib import Path

from train.study import page


def test_a_command_is_told_so_that_a_shell_takes_it_again() -> None:
    asked = {"--data": Path("my cells"), "--run": None, "--runtime": ["litert", "openvino"]}
    told = page.spelled("python -m bench matrix", [Path("out/edge")], asked)
    assert shlex.split(told) == [
        *("python", "-m", "bench", "matrix", "out/edge", "--data", "my cells"),
        *("--runtime", "litert", "--runtime", "openvino"),
    ]
