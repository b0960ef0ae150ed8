"""Models from elsewhere: described on the command line, then measured and gated as any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from tests.paths import INT8
from wbc_edge import Classifier, container
from wbc_edge.bundle import open_bundle
from wbc_edge.cli import app
from wbc_edge.errors import UsageError
from wbc_edge.measure import bench, contenders, foreign
from wbc_edge.measure.latency import Plan
from wbc_edge.synthetic import LABELS


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The tiny int8 model without its card."""
    path = tmp_path / "bare.tflite"
    content = INT8.read_bytes()
    path.write_bytes(content[: content.index(b"PK\x03\x04")])
    assert container.sniff(path) == "tflite"
    return path


def test_a_description_becomes_a_card() -> None:
    card = foreign.describe("a, b", "224x192:centre:0.875", mean="127.5", std="58,57,57")
    assert card is not None
    assert card.labels == ("a", "b")
    assert (card.input.width, card.input.height) == (224, 192)
    assert (card.input.framing.method, card.input.framing.scale) == ("centre", 0.875)
    assert (card.input.mean, card.input.std) == ((127.5,) * 3, (58, 57, 57))
    assert foreign.describe(None, None) is None


def test_labels_come_from_a_file(tmp_path: Path) -> None:
    names = tmp_path / "labels.txt"
    names.write_text("a\nb\n\nc\n", encoding="utf-8")
    card = foreign.describe(str(names), "8x8", output="probabilities")
    assert card is not None
    assert (card.labels, card.output.kind) == (("a", "b", "c"), "probabilities")
    names.write_text("a,b,c\n", encoding="utf-8")
    assert foreign.describe(str(names), "8x8") == foreign.describe("a,b,c", "8x8")


@pytest.mark.parametrize(
    ("labels", "size", "more", "sentence"),
    [
        ("a,b", None, {}, "needs both"),
        (None, "8x8", {}, "needs both"),
        (None, None, {"mean": "1"}, "give --labels"),
        ("gone.txt", "8x8", {}, "neither a file of names nor two"),
        ("a,a", "8x8", {}, "name a class twice"),
        ("a,b", "8", {}, "is not WIDTHxHEIGHT"),
        ("a,b", "8x0", {}, "1 to 4096 pixels"),
        ("a,b", "8x8:corner", {}, "centre or cell, not corner"),
        ("a,b", "8x8:centre:11", {}, "at most 10"),
        ("a,b", "8x8", {"mean": "1,2"}, "neither one number nor three"),
        ("a,b", "8x8", {"std": ""}, "neither one number nor three"),
        ("a,b", "8x8", {"std": "0"}, "1e-06 to"),
    ],
)
def test_what_cannot_be_read_is_said(
    labels: str | None, size: str | None, more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        foreign.describe(labels, size, **more)


def test_a_model_without_a_card_is_measured_beside_one_with_it(
    bare: Path, drawn_cells: Path
) -> None:
    card = foreign.describe(",".join(LABELS), "32x32")
    report = bench(
        [bare],
        data=drawn_cells,
        reference=INT8,
        card=card,
        plan=Plan(rounds=1, warmup=0),
        cold_rounds=1,
        folder_rounds=0,
    )
    reference, candidate = report.entries
    assert candidate.comparison is not None
    assert candidate.comparison.agreement.value == 1
    assert candidate.size == bare.stat().st_size < reference.size
    assert candidate.cold is not None
    assert candidate.cold.command > 0
    assert b"PK" not in bare.read_bytes()[-200:]


def test_a_description_that_no_model_needs_is_refused() -> None:
    card = foreign.describe("a,b", "32x32")
    with pytest.raises(UsageError, match="describe models without a card; these carry theirs"):
        contenders.enter([INT8], card=card)


def test_the_command_takes_it_and_says_what_is_missing(bare: Path) -> None:
    quick = ["bench", "-m", str(bare), "--rounds", "1", "--warmup", "0", "--cold", "0"]
    told = CliRunner().invoke(app, [*quick, "--labels", ",".join(LABELS), "--input", "32x32"])
    assert (told.exit_code, told.stderr) == (0, "")
    untold = CliRunner().invoke(app, quick)
    assert untold.exit_code == 4
    assert "or its end is cut off; --labels and --input describe" in untold.stderr


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_a_network_with_one_output_tells_two_classes_apart(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bright.onnx"
    write_brightness(path, sigmoid=kind == "probabilities")
    card = foreign.describe("dark,bright", "8x8", output=kind)
    assert card is not None
    classifier = Classifier(open_bundle(path, card=card))
    for grey in (10, 100, 250):
        answer = classifier.classify(np.full((8, 8, 3), grey, np.uint8))
        assert answer.label == ("dark" if grey < 128 else "bright")
        assert answer.probabilities["bright"] == pytest.approx(
            1 / (1 + np.exp((128 - grey) / 64)), rel=1e-4
        )


def write_brightness(path: Path, *, sigmoid: bool) -> None:
    """A network of one output: how much brighter a picture is than 128, in 64 grey levels."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    make = onnx.helper.make_node
    constants = {"middle": [128.0], "scale": [64.0]}
    nodes = [
        make("Cast", ["pixels"], ["real"], to=onnx.TensorProto.FLOAT),
        make("GlobalAveragePool", ["real"], ["mean"]),
        make("ReduceMean", ["mean"], ["grey"], axes=[2, 3], keepdims=0),
        make("ReduceMean", ["grey"], ["level"], axes=[1], keepdims=1),
        make("Sub", ["level", "middle"], ["above"]),
        make("Div", ["above", "scale"], ["logit"]),
        make("Sigmoid" if sigmoid else "Identity", ["logit"], ["answer"]),
    ]
    tensor = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "brightness",
        [tensor("pixels", onnx.TensorProto.UINT8, [1, 3, 8, 8])],
        [tensor("answer", onnx.TensorProto.FLOAT, [1, 1])],
        [onnx.numpy_helper.from_array(np.float32(v), name) for name, v in constants.items()],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), path)


class Answering:
    """A session whose network answers every picture alike."""

    def __init__(self, *values: float) -> None:
        self._values = values

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.tile(np.float32(self._values), (len(pixels), 1))


@pytest.mark.parametrize(
    ("values", "said", "sentence"),
    [
        ((0.7, 0.3), "logits", "say --answers probabilities"),
        ((0.703, 0.285), "logits", "say --answers probabilities"),
        ((4.0, -3.0), "probabilities", "leave out --answers"),
        ((0.7, 0.7), "probabilities", "leave out --answers"),
        ((1.5,), "probabilities", "leave out --answers"),
        ((0.2,), "logits", "say --answers probabilities"),
    ],
)
def test_answers_of_another_kind_than_is_said_are_refused(
    values: tuple[float, ...], said: str, sentence: str
) -> None:
    card = foreign.describe("a,b", "8x8", output=said)
    assert card is not None
    with pytest.raises(UsageError, match=sentence):
        foreign.check_output(Path("x.onnx"), card, Answering(*values))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((4.0, -3.0), "logits"),
        ((0.6, 0.6), "logits"),
        ((-0.2,), "logits"),
        ((0.2,), "probabilities"),
    ],
)
def test_answers_that_are_what_is_said_pass(values: tuple[float, ...], said: str) -> None:
    card = foreign.describe("a,b", "8x8", output=said)
    assert card is not None
    foreign.check_output(Path("x.onnx"), card, Answering(*values))
