from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args

import pytest

from export import build, cli
from export.confidence import Doubt
from export.gate import Limits
from export.options import UNSTATED, Options
from export.quantise import Io
from export.quantise.calibrators import CALIBRATORS
from train.run import Run


def test_what_the_command_line_repeats_is_the_librarys() -> None:
    told = inspect.signature(cli.export, eval_str=True).parameters
    choices, _ = get_args(told["calibrator"].annotation)
    assert set(get_args(choices)) == set(CALIBRATORS)
    assert told["licence"].default == UNSTATED


def test_its_help_waits_for_none_of_the_large_libraries() -> None:
    code = (
        "import sys, export.cli\n"
        "print([name for name in ('keras', 'tensorflow', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def _asked(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[Options, dict[str, Any]]:
    """What the command asks for, given such arguments."""
    asked: list[tuple[Options, dict[str, Any]]] = []
    monkeypatch.setattr(build, "export", lambda *given, **more: asked.append((given[2], more)))
    monkeypatch.setattr(cli, "run_command", lambda app: app(standalone_mode=False))
    monkeypatch.setattr(sys, "argv", ["export", *arguments])
    cli.main()
    (found,) = asked
    return found


def test_untold_it_asks_for_what_the_options_say(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, more = _asked(monkeypatch, str(run.folder), "--out", str(tmp_path))
    assert options == Options(name="tiny")
    assert (more["to"], more["overwrite"]) == ((), False)


def test_every_option_is_passed_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (
        "--name mine --version 2 --licence MIT --max-drop 1 --max-recall-drop 3 --min-agreement 9 "
        "--calibrator mse --calibration-size 7 --calibration-seed 5 --input-type int8 "
        "--output-type uint8 --no-climb --risk 0.01 --turns 2 --look-scale 1 --look-scale 0.9 "
        "--look-cost 0.1"
    )
    options, _ = _asked(monkeypatch, str(run.folder), "--out", str(tmp_path), *told.split())
    assert options == Options(
        name="mine",
        version="2",
        licence="MIT",
        limits=Limits(max_drop=1, max_recall_drop=3, min_agreement=9),
        calibrator="mse",
        calibration_size=7,
        calibration_seed=5,
        io=Io(input="int8", output="uint8"),
        climb=False,
        doubt=Doubt(risk=0.01, turns=2, scales=(1.0, 0.9), cost=0.1),
    )
    for item in fields(Options):
        assert item.default is MISSING or getattr(options, item.name) != item.default
