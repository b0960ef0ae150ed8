"""The fastest runtime that answers rightly is found, and kept for `auto`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from wbc_edge import doctor
from wbc_edge.classifier import Classifier
from wbc_edge.cli import app
from wbc_edge.errors import ModelError
from wbc_edge.measure import latency, probe, tune
from wbc_edge.measure.latency import Candidate, Plan, Ratio, Spread, Timing
from wbc_edge.measure.tune import Trial, Tuning
from wbc_edge.runtimes import tuned

QUICK = Plan(rounds=2, warmup=0)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "tuning.json"
    monkeypatch.setenv(tuned.VARIABLE, str(path))
    return path


def trial(
    runtime: str, value: float | None = None, high: float = 0.0, problem: str | None = None
) -> Trial:
    ratio = None
    if value is not None:
        ratio = Ratio(
            name=runtime, base="a", stage="invoke", value=value, low=0.1, high=high, rounds=15
        )
    return Trial(
        model="m",
        runtime=runtime,
        threads=1,
        invoke=1.0,
        ratio=ratio,
        start=None,
        problem=problem,
    )


def test_the_fastest_beyond_doubt_is_chosen() -> None:
    trials = (trial("a"), trial("b", 0.9, 0.95), trial("c", 0.7, 0.8), trial("d", 1.2, 1.3))
    assert tune.choose(trials).runtime == "c"


def test_what_may_be_no_faster_does_not_replace_the_default() -> None:
    assert tune.choose((trial("a"), trial("b", 0.9, 1.01))).runtime == "a"


def test_what_has_a_problem_is_not_chosen() -> None:
    assert tune.choose((trial("a"), trial("b", 0.5, 0.6, "slow start"))).runtime == "a"


def test_the_choice_is_stored_and_used(file: Path) -> None:
    found = tune.tune("edge", engines=("litert",), plan=QUICK, cold_rounds=0)
    (tried,) = found.formats
    assert {one.runtime for one in tried.trials} == {"litert"}
    assert tried.trials[0].threads == 1
    assert found.path == file
    assert tried.choice in {(one.runtime, one.threads) for one in tried.trials}
    assert Classifier().session.threads == tried.choice.threads
    assert "auto now runs tflite models with litert" in found.to_text()
    assert found.advice is None


def test_the_network_s_other_file_takes_part_and_is_advised_where_it_is_faster(file: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the onnx extra is not installed")
    engines = ("litert", "onnxruntime")
    found = tune.tune("edge", engines=engines, plan=QUICK, cold_rounds=0)
    assert [(one.model, one.format) for one in found.formats] == [
        ("edge", "tflite"), ("edge-onnx", "onnx"),
    ]  # fmt: skip
    stored = json.loads(file.read_text())["choices"]
    assert {name: one["runtime"] for name, one in stored.items()} == {
        "tflite": "litert", "onnx": "onnxruntime",
    }  # fmt: skip
    faster = Ratio(
        name="edge-onnx", base="edge", stage="invoke", value=0.7, low=0.6, high=0.8, rounds=15
    )
    said = replace(found, advice=faster).to_text()
    assert "edge-onnx is the same network and takes 0.70 times as long as edge" in said
    assert "give --model edge-onnx" in said


def _timing(name: str, rounds: list[float]) -> Timing:
    """Rounds in which every stage takes as long as given, in ms."""
    spread = Spread(count=1, p50=rounds[0], p90=1, p99=1, by_round=tuple(rounds), quantiles=())
    stages = ("load", "first", "decode", "prepare", "invoke", "answer", "whole")
    return Timing(name=name, **dict.fromkeys(stages, spread))


@pytest.fixture
def tuned_to(file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tuning]:  # noqa: ARG001
    """Tunes one thread of two runtimes, where an inference takes 1 ms and a start 100 ms.

    But for those of some models, of which both may be told otherwise.
    """
    pytest.importorskip("onnxruntime", reason="the onnx extra is not installed")

    def tune_to(
        model: str, times: Mapping[str, list[float]] = {}, starts: Mapping[str, float] = {}
    ) -> Tuning:
        rounds = max(map(len, times.values()), default=2)

        def measure(candidates: Iterable[Candidate], *_: object, **__: object) -> list[Timing]:
            names = [one.name for one in candidates]
            return [_timing(name, times.get(name.split()[0], [1.0] * rounds)) for name in names]

        def start(requests: Iterable[probe.Request], **_: object) -> list[SimpleNamespace]:
            return [
                SimpleNamespace(name=one.name, command=starts.get(one.model, 100.0))
                for one in requests
            ]

        monkeypatch.setattr(tune, "usable_cores", lambda: 1)
        monkeypatch.setattr(tune, "self_test", lambda *_, **__: SimpleNamespace(passed=True))
        monkeypatch.setattr(latency, "measure", measure)
        monkeypatch.setattr(probe, "measure", start)
        return tune.tune(model, engines=("litert", "onnxruntime"), cold_rounds=1)

    return tune_to


@pytest.mark.parametrize(
    ("times", "start", "advised"),
    [
        ([0.7] * 15, 90.0, True),
        ([0.9, 1.1] * 8, 90.0, False),
        ([1.3] * 15, 90.0, False),
        ([0.7] * 15, 2000.0, False),
    ],
)
def test_another_file_is_advised_where_it_is_faster_beyond_doubt_and_starts_soon(
    times: list[float], start: float, advised: bool, tuned_to: Callable[..., Tuning]
) -> None:
    found = tuned_to("edge", {"edge-onnx": times}, {"edge-onnx": start})
    assert (found.advice is not None) == advised
    if found.advice is not None:
        assert (found.advice.name, found.advice.base) == ("edge-onnx", "edge")
    for one in found.formats:
        (own,) = one.trials
        assert (own.ratio, own.start) == (None, 1.0)


def test_only_the_same_network_in_the_same_numbers_is_another_file_of_it(
    tuned_to: Callable[..., Tuning],
) -> None:
    def tried(model: str) -> list[str]:
        return [one.model for one in tuned_to(model).formats]

    assert tried("edge") == ["edge", "edge-onnx"]
    assert tried("edge-onnx") == ["edge-onnx", "edge"]
    assert tried("nano-float16") == ["nano-float16"]


def test_a_runtime_that_fails_the_self_test_is_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = doctor.SelfTest(
        model="edge",
        runtime="litert",
        images=8,
        worst=0.9,
        tolerance=0.05,
        passed=False,
        problem="a probability is off",
    )
    monkeypatch.setattr(tune, "self_test", lambda *_, **__: wrong)
    with pytest.raises(ModelError, match=r"no runtime here answers edge .* litert: a probability"):
        tune.tune("edge", engines=("litert",), plan=QUICK, cold_rounds=0)
    assert not file.exists()


def test_the_doctor_tells_what_was_tuned_and_what_is_wrong_with_it(file: Path) -> None:
    tuned.store("tflite", tuned.Choice(runtime="litert", threads=1))
    healthy = CliRunner().invoke(app, ["doctor"])
    assert "auto runs tflite models with litert, threads: 1" in healthy.stdout
    file.write_text("{")
    warned = CliRunner().invoke(app, ["doctor", "--json"])
    assert "is ignored" in json.loads(warned.stdout)["warnings"][0]
