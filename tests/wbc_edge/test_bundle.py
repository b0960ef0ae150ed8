from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.paths import DATA, UINT8
from wbc_edge import bundle
from wbc_edge import card as cards
from wbc_edge.classifier import Classifier
from wbc_edge.errors import ModelError


@pytest.fixture
def shipping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a folder of shipped models out of tiny ones, and the package use it."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(bundle, "SHIPPED_DIRECTORY", folder)

    def ship(**models: str) -> Path:
        entries = []
        for name, file in models.items():
            content = Path(shutil.copy(DATA / file, folder)).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            entries.append({"name": name, "file": file, "sha256": digest, "bytes": len(content)})
        index = {"default": "edge", "models": entries}
        (folder / "index.json").write_text(json.dumps(index))
        return folder

    return ship


def code_of(name: str | Path) -> str:
    with pytest.raises(ModelError) as caught:
        bundle.open_bundle(name)
    return caught.value.code


def test_a_file_is_opened_by_its_path(tiny: Path) -> None:
    opened = bundle.open_bundle(tiny)
    content = tiny.read_bytes()
    assert opened == bundle.open_bundle(str(tiny))
    assert opened.sha256 == hashlib.sha256(content).hexdigest()
    assert opened.size == len(content)
    assert opened.card == cards.read(tiny)


def test_shipped_models_are_opened_by_name_the_default_first(
    shipping: Callable[..., Path],
) -> None:
    folder = shipping(other="tiny-uint8.tflite", edge="tiny-int8.tflite")
    assert [model.name for model in bundle.shipped()] == ["edge", "other"]
    assert bundle.open_bundle().path == folder / "tiny-int8.tflite"
    assert bundle.open_bundle("other").path == folder / "tiny-uint8.tflite"


def test_what_is_shipped_has_the_checksum_of_its_network() -> None:
    for model in bundle.shipped():
        assert bundle.open_bundle(model.name).card.network_crc32 is not None


def test_a_shipped_name_is_no_file_that_lies_here_by_chance(
    shipping: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shipping(edge="tiny-int8.tflite")
    monkeypatch.chdir(tmp_path)
    shutil.copy(UINT8, "edge")
    assert bundle.open_bundle("edge").path == folder / "tiny-int8.tflite"
    assert bundle.open_bundle("./edge").path == Path("edge")
    shutil.copy(UINT8, "mine")
    assert bundle.open_bundle("mine").path == Path("mine")


def test_a_file_too_large_for_a_model_is_not_read(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "LARGEST", 100)
    assert code_of(tiny) == "unsupported_model"


def test_a_python_built_without_its_own_sha_256_uses_hashlib(
    tiny_int8: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = bundle.locate(tiny_int8)[1]

    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(bundle, "import_module", absent)
    assert bundle.locate(tiny_int8)[1] == digest


def test_a_shipped_file_that_was_changed_is_refused(shipping: Callable[..., Path]) -> None:
    path = shipping(edge="tiny-int8.tflite") / "tiny-int8.tflite"
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)
    assert code_of("edge") == "hash_mismatch"
    assert bundle.open_bundle(path).path == path  # by its path it is anybody's file


def test_an_unknown_model_is_not_found_and_the_names_are_given(
    shipping: Callable[..., Path],
) -> None:
    shipping(edge="tiny-int8.tflite")
    with pytest.raises(ModelError, match=r"the shipped model is named edge$"):
        bundle.open_bundle("./edge")
    with pytest.raises(ModelError, match=r"no model file egde, nor a shipped model .*\(edge\)"):
        bundle.open_bundle("egde")
    assert code_of("gone.tflite") == "model_not_found"
    assert code_of(Path("gone")) == "model_not_found"
    assert code_of(".") == "model_not_found"


@pytest.mark.parametrize(
    "index", ["", "[]", "{}", '{"models": [{}]}', '{"models": 3, "default": ""}']
)
def test_a_damaged_list_of_models_is_a_model_error(
    shipping: Callable[..., Path], index: str
) -> None:
    (shipping() / "index.json").write_text(index)
    assert code_of("edge") == "index_invalid"


def test_a_missing_list_is_a_model_error(shipping: Callable[..., Path]) -> None:
    (shipping() / "index.json").unlink()
    assert code_of("edge") == "index_invalid"


def test_a_card_that_does_not_fit_its_model_is_refused(tiny_int8: Path) -> None:
    card = cards.read(tiny_int8)
    for wrong, sentence in (
        (replace(card, labels=card.labels[:-1]), "7 classes have names, the model answers with 8"),
        (
            replace(card, input=cards.InputSpec(height=64, width=32)),
            "says 64 x 32 pixels, the model takes 32 x 32",
        ),
    ):
        cards.write(tiny_int8, wrong)
        with pytest.raises(ModelError, match=sentence) as caught:
            Classifier(tiny_int8)
        assert caught.value.code == "shape_mismatch"


def test_a_network_that_answers_nothing_is_refused(tiny_int8: Path) -> None:
    opened = bundle.open_bundle(tiny_int8)
    session = Classifier(opened).session
    session.output = replace(session.output, shape=(1, 0))
    with pytest.raises(ModelError, match="8 classes have names, the model answers with 0"):
        bundle.check(opened, session)


def test_a_card_may_be_given_for_a_model_that_has_none(tiny_int8: Path) -> None:
    card = cards.read(tiny_int8)
    content = tiny_int8.read_bytes()
    tiny_int8.write_bytes(content[: content.rindex(b"PK\x03\x04")])
    assert code_of(tiny_int8) == "card_missing"
    assert Classifier(bundle.open_bundle(tiny_int8, card=card)).labels == card.labels


def test_a_name_too_long_for_any_file_is_a_model_error() -> None:
    with pytest.raises(ModelError) as raised:
        bundle.open_bundle("x" * 5000)
    assert raised.value.code in ("model_unreadable", "model_not_found")
