from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from export import ship as shipping
from export.ship import ship
from wbc_edge import bundle, doctor
from wbc_edge.errors import ModelError, UsageError


@pytest.fixture
def default(tmp_path: Path) -> Path:
    return Path(shutil.copy(bundle.shipped()[0].path, tmp_path / "new-int8.tflite"))


def test_a_shipped_model_is_indexed_and_answers_its_golden_pictures(
    default: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "old.tflite").write_bytes(b"replaced")
    index = json.loads(ship({"edge": default}, models).read_text())
    assert index["models"] == [
        {
            "name": "edge",
            "file": "new-int8.tflite",
            "sha256": hashlib.sha256(default.read_bytes()).hexdigest(),
            "bytes": default.stat().st_size,
        }
    ]
    assert not (models / "old.tflite").exists()
    monkeypatch.setattr(bundle, "SHIPPED_DIRECTORY", models)
    test = doctor.self_test("edge", directory=models / "golden")
    assert test.passed, test.problem
    assert (test.images, test.worst) == (8, pytest.approx(0, abs=1e-6))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.tflite").write_text("no model at all")
    with pytest.raises(ModelError):
        ship({"edge": tmp_path / "notes.tflite"}, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_what_is_shipped_already_can_be_shipped_again(default: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    first = json.loads(ship({"edge": default}, models).read_text())
    assert json.loads(ship({"edge": models / default.name}, models).read_text()) == first
    assert (models / default.name).read_bytes() == default.read_bytes()


def test_a_package_without_the_default_model_is_refused(default: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none is called 'edge'"):
        ship({"mine": default}, tmp_path / "models")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["edge=FILE", "edge=FILE"], "there is another file called 'edge'"),
        (["=FILE"], "expected NAME=FILE"),
        (["edge=nowhere"], "expected NAME=FILE"),
    ],
)
def test_names_that_do_not_tell_files_apart_are_refused(
    texts: list[str], sentence: str, default: Path
) -> None:
    with pytest.raises(UsageError, match=sentence):
        shipping.ship_named([text.replace("FILE", str(default)) for text in texts])


def test_two_files_of_one_name_are_refused(default: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    twin = Path(shutil.copy(default, tmp_path / "elsewhere"))
    with pytest.raises(UsageError, match="one name"):
        ship({"edge": default, "twin": twin}, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_too_large_a_set_is_refused(
    default: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "LIMIT", 1000)
    with pytest.raises(UsageError, match="more than 1,000"):
        ship({"edge": default}, tmp_path / "models")
