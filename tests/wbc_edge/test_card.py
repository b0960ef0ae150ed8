from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wbc_edge import card as cards
from wbc_edge import container
from wbc_edge.card import Card, Framing, InputSpec, Metric, SecondLook, Source, TrainingData
from wbc_edge.errors import ModelError


def a_card(**changes: Any) -> Card:
    values: dict[str, Any] = {
        "name": "edge",
        "version": "1.0",
        "format": "tflite-int8",
        "labels": ("basophil", "neutrophil"),
        "input": InputSpec(height=112, width=112, framing=Framing(method="cell", scale=2.5)),
        "temperature": 1.25,
        "threshold": 0.5,
        "outlier": -1.5,
        "second_look": SecondLook(turns=8, below=0.9, scales=(1.0, 0.8)),
        "presets": {"both": ("neutrophil", "basophil")},
        "training": TrainingData(
            sources=(Source(name="PBC", licence="CC BY 4.0", citation="Acevedo", count=12000),),
            split_sha256="ab" * 32,
            counts={"train": 10, "test": 2},
        ),
        "metrics": (Metric(name="top1", value=0.99, low=0.98, dataset="PBC test", count=1500),),
        "created_with": {"tensorflow": "2.21.0"},
    }
    return Card(**{**values, **changes})


def test_a_card_survives_its_json() -> None:
    card = a_card()
    assert cards.from_json(cards.to_json(card)) == card


def test_the_json_is_the_same_each_time() -> None:
    assert cards.to_json(a_card()) == cards.to_json(a_card())


def test_a_card_of_the_least_fields_has_honest_defaults() -> None:
    card = cards.from_json(
        '{"schema": 1, "name": "x", "labels": ["a", "b"], "input": {"height": 8, "width": 8}}'
    )
    assert card.temperature == 1
    assert card.threshold == 0
    assert card.outlier is None
    assert card.second_look is None
    assert card.presets == {}
    assert card.metrics == ()
    assert card.intended_use == cards.RESEARCH_ONLY


def test_looks_of_an_earlier_schema_are_at_the_scale_of_the_first() -> None:
    value = json.loads(cards.to_json(a_card()))
    del value["second_look"]["scales"]
    look = cards.from_json(json.dumps(value | {"schema": 2})).second_look
    assert look == SecondLook(turns=8, below=0.9, scales=(1.0,))


def test_a_card_is_written_in_the_schema_that_knows_what_it_says(tiny: Path) -> None:
    cards.write(tiny, a_card(schema=2))
    assert cards.read(tiny).schema == cards.SCHEMA


def test_keys_of_a_later_release_are_ignored() -> None:
    value = json.loads(cards.to_json(a_card()))
    value["smell"] = {"of": "formalin"}
    value["input"]["depth"] = 3
    assert cards.from_json(json.dumps(value)) == a_card()


def test_a_later_schema_is_refused_with_advice() -> None:
    value = json.loads(cards.to_json(a_card()))
    value["schema"] = cards.SCHEMA + 1
    with pytest.raises(ModelError, match="update wbc-edge") as caught:
        cards.from_json(json.dumps(value))
    assert caught.value.code == "card_invalid"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("name",), 3, "name must be a text"),
        (("labels",), "ab", "labels must be a list"),
        (("labels",), ["a", "unclassified"], "labels must not name a class 'unclassified'"),
        (("labels",), ["a", 2], r"labels\[1\] must be a text"),
        (("labels",), ["a"], "labels must name at least two"),
        (("presets",), {"x": ["a"]}, "presets.x must name two or more of the labels"),
        (("presets",), {"x": ["a", "b"]}, "presets.x must name two or more of the labels"),
        (("presets",), {"x": "ab"}, "presets.x must be a list"),
        (("outlier",), "low", "outlier must be a number"),
        (("second_look",), {"turns": 8}, "second_look.below is missing"),
        (("second_look",), {"turns": 9, "below": 0.9}, "second_look.turns must be 2 to 8"),
        (("second_look",), {"turns": 8, "below": 2}, "second_look.below must be between 0 and 1"),
        (
            ("second_look",),
            {"turns": 8, "below": 0.9, "scales": [0.8, 1]},
            "second_look.scales must begin with 1",
        ),
        (
            ("second_look",),
            {"turns": 8, "below": 0.9, "scales": []},
            "second_look.scales must begin with 1",
        ),
        (
            ("second_look",),
            {"turns": 8, "below": 0.9, "scales": [1, 3]},
            "second_look.scales must be between 0.5 and 2",
        ),
        (
            ("second_look",),
            {"turns": 2, "below": 0.9, "scales": [1, 0.8, 1.3]},
            "second_look.scales are more than the turns",
        ),
        (("input", "width"), 9, "second_look needs an input as high as it is wide"),
        (("output", "kind"), "probabilities", "outlier needs an output of logits"),
        (("labels",), ["a", "a"], "labels name a class twice"),
        (("labels",), ["a", " "], "labels hold an empty name"),
        (("input",), None, "input must be a table"),
        (("input", "height"), 0, "input.height must be 1 to 4096"),
        (("input", "height"), 12.5, "input.height must be a whole number"),
        (("input", "width"), True, "input.width must be a whole number"),
        (("input", "filter"), "nearest", "input.filter must be one of"),
        (("input", "layout"), ["NHWC"], "input.layout must be one of"),
        (("input", "mean"), [0, 1e10, 0], "input.mean must be -1e[+]06 to 1e[+]06"),
        (("input", "std"), [1, 0, 1], "input.std must be 1e-06 to 1e[+]06"),
        (("input", "framing", "scale"), -1, "input.framing.scale must be above 0"),
        (("temperature",), 0, "temperature must be between 0.001"),
        (("temperature",), "1", "temperature must be a number"),
        (("threshold",), 1.5, "threshold must be between 0 and 1"),
        (("training", "counts"), {"train": "many"}, "training.counts.train must be a whole number"),
        (("training", "sources"), [{"name": "PBC"}], r"training.sources\[0\].licence is missing"),
        (("metrics",), [7], r"metrics\[0\] must be a table"),
        (("schema",), "1", "schema is missing or not a positive number"),
        (("schema",), True, "schema is missing or not a positive number"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    path: tuple[str, ...], value: Any, named: str
) -> None:
    content = json.loads(cards.to_json(a_card()))
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ModelError, match=named) as caught:
        cards.from_json(json.dumps(content))
    assert caught.value.code == "card_invalid"


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ModelError, match="labels is missing"):
        cards.from_json('{"schema": 1, "name": "x"}')


@pytest.mark.parametrize(
    "text", ["", "{", "nonsense", b"\xff\xfe\x00", "[" * 100_000, '{"schema": 1, "name": NaN}']
)
def test_what_is_no_card_is_a_model_error(text: str | bytes) -> None:
    with pytest.raises(ModelError):
        cards.from_json(text)


def test_a_faulty_card_names_its_file(tiny: Path) -> None:
    container.write(tiny, b'{"schema": 1, "name": "x"}')
    with pytest.raises(ModelError, match=re.escape(f"{tiny}: model card: ")) as caught:
        cards.read(tiny)
    assert caught.value.code == "card_invalid"


def test_a_card_is_written_into_and_read_from_every_kind_of_model(tiny: Path) -> None:
    card = a_card()
    cards.write(tiny, card)
    assert cards.read(tiny) == card


def test_a_byte_that_changed_in_the_network_is_found(tiny: Path) -> None:
    cards.write(tiny, a_card())
    whole = tiny.read_bytes()
    network = whole.index(b"wbc-edge")  # the card comes last in every format
    for place in np.random.default_rng(0).integers(8, network - 64, 50):
        tiny.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ModelError) as caught:
            cards.read(tiny)
        assert caught.value.code == "model_corrupt"


def test_a_card_may_be_put_in_the_place_of_another(tiny: Path) -> None:
    cards.write(tiny, a_card())
    cards.write(tiny, a_card(version="2"))
    assert cards.read(tiny).version == "2"


def test_a_network_without_a_checksum_is_read_as_it_is(tiny: Path) -> None:
    container.write(tiny, cards.to_json(a_card()).encode())
    assert cards.read(tiny).network_crc32 is None


@pytest.mark.parametrize("name", ["temperature", "threshold", "outlier"])
def test_a_number_of_any_length_is_refused(name: str) -> None:
    value = json.loads(cards.to_json(a_card()))
    value[name] = int("9" * 401)
    with pytest.raises(ModelError, match=name):
        cards.from_json(json.dumps(value))


@pytest.mark.parametrize("temperature", [5e-324, 1e9])
def test_a_temperature_that_leaves_no_numbers_is_refused(temperature: float) -> None:
    with pytest.raises(ModelError, match="temperature"):
        a_card(temperature=temperature)


@pytest.mark.parametrize("label", ["a\x1b[31m", "b\ud800"])
def test_a_label_that_cannot_be_printed_is_refused(label: str) -> None:
    with pytest.raises(ModelError, match="cannot be printed"):
        a_card(labels=("basophil", "neutrophil", label))
