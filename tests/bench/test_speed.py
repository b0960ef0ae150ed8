from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from bench import ratios, speed
from bench.cli import app
from tests.paths import INT8
from wbc_edge import synthetic
from wbc_edge.errors import UsageError


def test_cold_start_compares_the_command_with_the_imports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]

    def run(arguments: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        clock[0] += 0.5 if "classify" in arguments else 0.4
        return subprocess.CompletedProcess(arguments, 0, stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(ratios.time, "perf_counter", lambda: clock[0])
    found = speed.cold_start(Path("one.jpg"), model="edge", rounds=6)
    assert found.ratio == pytest.approx(1.25)
    assert (found.ours, found.theirs) == pytest.approx((500, 400))
    assert found.passed


def test_every_figure_is_taken_on_real_pictures(tmp_path: Path) -> None:
    cell = Image.fromarray(synthetic.draw("monocyte", seed=0, size=128))
    for number in range(12):
        cell.save(tmp_path / f"{number}.jpg")
    found = speed.measure(tmp_path, model=str(INT8), rounds=1, drawn=False)
    assert (found.count, found.rounds, found.images) == (12, 1, str(tmp_path))
    # Memory is known where Linux tells it.
    assert len(found.figures) == (4 if Path("/proc/self/status").exists() else 3)
    for figure in found.figures:
        # The command's start, taken off, may on a busy machine exceed its whole: no sign is sure.
        if "without its start-up" not in figure.name:
            assert figure.ratio > 0, figure.sentence()
            assert figure.ours > 0
        assert figure.theirs > 0
    start, *_ = found.figures
    assert start.ratio < 20
    assert json.loads(ratios.to_json(found))["schema"] == speed.SCHEMA


def test_a_folder_without_jpeg_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="0 pictures; 8 are the fewest"):
        speed.measure(tmp_path, model=str(INT8), rounds=1, drawn=False)


def test_the_command_is_described() -> None:
    result = CliRunner().invoke(app, ["speed", "--help"])
    assert result.exit_code == 0
    assert "--data" in result.output
