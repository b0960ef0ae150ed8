from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("keras", reason="the training extra is not installed")

from bench import feed
from bench.cli import app
from train.feed import MOST_WORKERS
from wbc_edge.errors import GateFailed, UsageError


def test_both_are_measured_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "DRAWN_PER_CLASS", 1)
    arguments = ["--network", "mobilenet", "--size", "32", "--batch-size", "4"]
    file = tmp_path / "feed.json"
    shown = CliRunner().invoke(
        app, ["feed", *arguments, "--batches", "1", "--rounds", "6", "--output", str(file)]
    )
    assert shown.exit_code == 0, shown.output
    assert "input pipeline over a training step of mobilenet at 32 px" in shown.output
    result = json.loads(file.read_text())
    assert result["schema"] == feed.SCHEMA
    for figure in (result["elapsed"], result["processor"]):
        assert figure["ours"] > 0
        assert figure["theirs"] > 0
        assert figure["passed"] == (figure["low"] >= feed.TARGET)


def test_a_pipeline_that_is_too_slow_fails_a_strict_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        elapsed = type("F", (), {"passed": False, "sentence": lambda _: "too slow"})()

    monkeypatch.setattr(feed, "measure", lambda *_, **__: Slow())
    monkeypatch.setattr(feed, "render", lambda _: "")
    with pytest.raises(GateFailed, match="too slow"):
        feed.command(strict=True, output=None)


def test_views_are_made_by_as_many_threads_as_in_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def stop(threads: int) -> None:
        asked.append(threads)
        raise UsageError("no pool")

    monkeypatch.setattr(feed, "DRAWN_PER_CLASS", 1)
    monkeypatch.setattr("train.feed.usable_cores", lambda: 64)
    monkeypatch.setattr(feed, "ThreadPoolExecutor", stop)
    with pytest.raises(UsageError):
        feed.measure("mobilenet", size=32, batch_size=4, batches=1, rounds=1)
    assert asked == [MOST_WORKERS]


def test_the_load_is_read_before_the_study_makes_some(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def stop(*_: object, **__: object) -> None:
        order.append("feed")
        raise UsageError("no feed")

    monkeypatch.setattr(feed, "DRAWN_PER_CLASS", 1)
    monkeypatch.setattr("train.feed.Feed", stop)
    monkeypatch.setattr(feed.device, "read", lambda: order.append("load"))
    with pytest.raises(UsageError):
        feed.measure("mobilenet", size=32, batch_size=1, batches=1, rounds=1)
    assert order == ["load", "feed"]


def test_an_unknown_network_is_named() -> None:
    with pytest.raises(UsageError, match="not alexnet"):
        feed.measure("alexnet", size=32, batch_size=1, batches=1, rounds=1)
