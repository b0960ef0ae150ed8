from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export import golden as golden_answers
from tests.paths import INT8
from wbc_edge import bundle, container, doctor, runtimes
from wbc_edge.errors import RuntimeUnavailable, UsageError
from wbc_edge.runtimes import tuned


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoded: Callable[..., bytes]) -> Path:
    """A shipped tiny model named `edge`, and its golden answers; the golden folder."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(bundle, "SHIPPED_DIRECTORY", folder)
    path = Path(shutil.copy(INT8, folder))
    digest = bundle.locate(path)[1]
    entry = {"name": "edge", "file": path.name, "sha256": digest, "bytes": 1}
    (folder / "index.json").write_text(json.dumps({"default": "edge", "models": [entry]}))
    random = np.random.default_rng(2)
    pictures = {
        f"{n}.png": encoded(np.full((40, 40, 3), random.integers(0, 256, 3), np.uint8))
        for n in range(6)
    }
    try:
        golden_answers.write({"edge": path}, pictures, folder / "golden")
    except RuntimeUnavailable as error:
        pytest.skip(str(error))
    return folder / "golden"


def test_the_model_passes_against_its_own_answers(golden: Path) -> None:
    test = doctor.self_test(directory=golden)
    assert (test.passed, test.problem, test.images) == (True, None, 6)
    assert test.worst is not None
    assert test.worst < 1e-5
    assert test.runtime is not None


def test_damaged_answers_fail_the_test_and_raise_nothing(golden: Path) -> None:
    path = golden / "golden.json"
    for content, problem in (
        ("[]", "schema that is not known"),
        ("{}", "schema that is not known"),
        ('{"schema": 1}', "are damaged"),
        ('{"schema": 1, "tolerance": 0.1, "models": []}', "are damaged"),
        ('{"schema": 1, "tolerance": 0.1, "models": {"edge": []}}', "are damaged"),
        ('{"schema": 1, "tolerance": "wide", "models": {"edge": {}}}', "are damaged"),
    ):
        path.write_text(content)
        test = doctor.self_test(directory=golden)
        assert not test.passed, content
        assert problem in str(test.problem), content


@pytest.mark.parametrize(
    "engine",
    [engine for engine in runtimes.ENGINES if "tflite" in engine.formats],
    ids=lambda engine: engine.name,
)
def test_every_runtime_passes_within_the_tolerance(golden: Path, engine: runtimes.Engine) -> None:
    try:
        runtimes.load_engine(engine)
    except RuntimeUnavailable as error:
        pytest.skip(str(error))
    assert doctor.self_test(runtime=engine.name, directory=golden).passed


def test_the_shipped_models_answer_alike_in_every_runtime() -> None:
    for model in bundle.shipped():
        for engine in runtimes.ENGINES:
            if container.sniff(model.path) not in engine.formats:
                continue
            try:
                runtimes.load_engine(engine)
            except RuntimeUnavailable:
                continue
            found = doctor.self_test(model.name, runtime=engine.name)
            assert found.passed, f"{model.name} in {engine.name}: {found.problem}"


def test_a_runtime_of_another_format_is_a_usage_error(golden: Path) -> None:
    with pytest.raises(UsageError, match="tflite"):
        doctor.self_test(runtime="onnxruntime", directory=golden)


def test_golden_answers_are_written_the_same_each_time(golden: Path) -> None:
    before = (golden / "golden.json").read_bytes()
    pictures = {path.name: path.read_bytes() for path in golden.glob("*.png")}
    model = bundle.SHIPPED_DIRECTORY / "tiny-int8.tflite"
    golden_answers.write({"edge": model}, pictures, golden)
    assert (golden / "golden.json").read_bytes() == before


def test_golden_answers_do_not_follow_what_the_machine_is_tuned_to(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = tuned.open_best

    def record(path: Path, **asked: Any) -> tuple[runtimes.Session, bool]:
        session, chosen = real(path, **asked)
        opened.append((session.runtime, session.threads, chosen))
        return session, chosen

    monkeypatch.setenv(tuned.VARIABLE, str(tmp_path / "tuning.json"))
    monkeypatch.setattr(tuned, "open_best", record)
    model = bundle.SHIPPED_DIRECTORY / "tiny-int8.tflite"
    first = runtimes.first_usable(model)
    tuned.store("tflite", tuned.Choice(runtime=first, threads=3))
    golden_answers.write({"edge": model}, {}, golden)
    assert opened == [(first, 1, False)]


def change(golden: Path, edit: Callable[[dict[str, list[float]]], None]) -> None:
    path = golden / "golden.json"
    content = json.loads(path.read_text())
    edit(content["models"]["edge"]["probabilities"])
    path.write_text(json.dumps(content))


def test_a_probability_beyond_the_tolerance_fails(golden: Path) -> None:
    def edit(answers: dict[str, list[float]]) -> None:
        best = max(answers["0.png"])
        answers["0.png"][answers["0.png"].index(best)] = best + 0.06

    change(golden, edit)
    test = doctor.self_test(directory=golden)
    assert not test.passed
    assert "a probability is off by 0.06" in str(test.problem)


def test_another_class_fails_by_name(golden: Path) -> None:
    change(golden, lambda answers: answers["3.png"].reverse())
    test = doctor.self_test(directory=golden)
    assert not test.passed
    assert test.problem == "other classes than at export: 3.png"


def test_what_is_missing_fails_with_a_sentence(golden: Path) -> None:
    with pytest.raises(UsageError, match="other is none of the shipped models"):
        doctor.self_test("other", directory=golden)
    (golden / "2.png").unlink()
    assert "there is no such file" in str(doctor.self_test(directory=golden).problem)
    (golden / "golden.json").write_text("{")
    assert "cannot be read" in str(doctor.self_test(directory=golden).problem)
    (golden / "golden.json").write_text('{"schema": 2}')
    assert "schema that is not known" in str(doctor.self_test(directory=golden).problem)


def test_another_models_answers_fail(golden: Path) -> None:
    path = golden / "golden.json"
    path.write_text(path.read_text().replace('"sha256": "', '"sha256": "0'))
    assert doctor.self_test(directory=golden).problem == "the golden answers are another file's"


def test_a_diagnosis_names_every_runtime(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "GOLDEN_DIRECTORY", golden)
    monkeypatch.setattr(
        doctor.self_test, "__kwdefaults__", {"runtime": "auto", "directory": golden}
    )
    found = doctor.diagnose()
    assert found.healthy
    assert [status.name for status in found.runtimes] == list(runtimes.NAMES)
    text = found.to_text()
    assert all(name in text for name in runtimes.NAMES)
    assert "self-test passed: edge on" in text
    content = json.loads(json.dumps(found.to_dict()))
    assert content["healthy"] is True
    assert content["self_test"]["images"] == 6
