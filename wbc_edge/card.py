"""The model card: what a model file says of itself.

The card is JSON with a versioned schema and lives inside the model file (`wbc_edge.container`
knows where), so that one file is all that is needed to run a network: its labels, the way a
picture becomes its input, how its output is read, and what it was trained and measured on.
"""

# No `from __future__ import annotations` here: `typed` reads the fields' types as they stand, and
# evaluating texts would cost every start a millisecond.

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from wbc_edge import container, typed
from wbc_edge.errors import ModelError

SCHEMA = 3
"""The schema that this release writes. Keys may be added within a schema and are ignored by
older releases; a change of meaning raises the number, and older releases refuse it. In 2 the
`threshold` holds for confidences after a `second_look`, which 1 does not know; in 3 such a look
may have `scales`."""

RESEARCH_ONLY = "Research use only. Not for use in diagnostic procedures."

MOST_TURNS = 8
"""Ways to lay a square view: four turns, and their mirror images."""

IN_PLACE_OF_A_CLASS = {"doubtful": "unclassified", "not_a_cell": "no cell"}
"""Why a model abstained -> what it is shown as. No class may be called so."""

_FAR = 1e6
"""Beyond it, and for what is divided by below its inverse, float32 has no pixels left."""


def _require(condition: bool, name: str, sentence: str) -> None:
    if not condition:
        raise ModelError(f"model card: {name} {sentence}", code="card_invalid")


@dataclass(frozen=True, kw_only=True)
class Framing:
    """Which square of the picture the network sees.

    "centre": the centred square of side `scale` x min(height, width). "cell": a square around
    the stained nucleus, found by colour, `scale` times as wide as that rule says.
    """

    method: Literal["centre", "cell"] = "centre"
    scale: float = 1.0

    def __post_init__(self) -> None:
        _require(0 < self.scale <= 10, "input.framing.scale", "must be above 0 and at most 10")


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """How a picture becomes the input tensor: framed, then resized once to height x width.

    Its light is left as it is, or its background is made white (`wbc_edge.light`).

    The network takes (pixel - mean) / std, channel by channel, of pixels from 0 to 255. Networks of
    this project scale inside and take the pixels as they are; those from elsewhere may not.
    `layout` is told to readers of the card: a runtime goes by the file's own shape.
    """

    height: int
    width: int
    framing: Framing = Framing()
    filter: Literal["bilinear", "bicubic", "box", "lanczos"] = "bilinear"
    light: Literal["as_is", "white"] = "as_is"
    colour: Literal["RGB"] = "RGB"
    layout: Literal["NHWC", "NCHW"] = "NHWC"
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            _require(1 <= getattr(self, name) <= 4096, f"input.{name}", "must be 1 to 4096 pixels")
        for name, least in (("mean", -_FAR), ("std", 1 / _FAR)):
            numbers = getattr(self, name)
            _require(len(numbers) == 3, f"input.{name}", "must hold three numbers")
            # Written so that it holds for no number that is none.
            within = all(least <= number <= _FAR for number in numbers)
            _require(within, f"input.{name}", f"must be {least:g} to {_FAR:g}")

    @property
    def scaled(self) -> bool:
        """Whether pixels are given to the network as anything but themselves."""
        return self.mean != (0.0, 0.0, 0.0) or self.std != (1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """What the output vector holds, after dequantisation.

    A single value, of a network with two labels, is that of the second: "logits" of 0 and it,
    "probabilities" of what is left and it.
    """

    kind: Literal["logits", "probabilities"] = "logits"


@dataclass(frozen=True, kw_only=True)
class SecondLook:
    """What is done about a cell whose confidence is below `below` (`wbc_edge.looks`).

    The answer is then the geometric mean over `turns` of its view's turns and mirror images, whose
    sides are `scales` times the view's, one after the other and again from the first on, which is
    the view as it is: below 1 the cell is shown larger.
    """

    turns: int
    below: float
    scales: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        _require(2 <= self.turns <= MOST_TURNS, "second_look.turns", f"must be 2 to {MOST_TURNS}")
        _require(self.scales[:1] == (1.0,), "second_look.scales", "must begin with 1")
        within = all(0.5 <= scale <= 2 for scale in self.scales)
        _require(within, "second_look.scales", "must be between 0.5 and 2")
        _require(len(self.scales) <= self.turns, "second_look.scales", "are more than the turns")
        _require(0 <= self.below <= 1, "second_look.below", "must be between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One measured figure; `low` and `high` are its 95 % interval, `count` the images behind it."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    dataset: str
    count: int

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            _require(
                number is None or math.isfinite(number),
                f"metrics.{name}",
                "must be a finite number",
            )


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data set that the network learnt from."""

    name: str
    licence: str
    citation: str
    count: int


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Where the network comes from: its sources, and the split as hash and images per part."""

    sources: tuple[Source, ...] = ()
    split_sha256: str | None = None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Card:
    """A whole card. Raises ModelError (card_invalid) when made with values that cannot be true.

    `labels` are in the order of the output vector. `temperature` divides the logits before the
    softmax; an answer whose confidence is below `threshold` is given as abstained (0: never), and
    so is a picture whose energy (`wbc_edge.logits.energy`) is below `outlier`, for showing no
    cell (None: not judged). `second_look` says which cells are looked at again before they are
    answered (None: none). `presets` name choices among the labels, such as a five-part
    differential. `network_crc32` is `container.network_crc32` of the file that the card was put
    into (None: not recorded).
    """

    schema: int = SCHEMA
    name: str
    version: str = "0"
    format: str = "unknown"
    labels: tuple[str, ...]
    input: InputSpec
    output: OutputSpec = OutputSpec()
    temperature: float = 1.0
    threshold: float = 0.0
    outlier: float | None = None
    second_look: SecondLook | None = None
    presets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    architecture: str = "unknown"
    parameters: int = 0
    training: TrainingData = TrainingData()
    metrics: tuple[Metric, ...] = ()
    parent_sha256: str | None = None
    network_crc32: int | None = field(default=None, compare=False)
    licence: str = "unknown"
    intended_use: str = RESEARCH_ONLY
    created_with: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require(bool(self.name.strip()), "name", "is empty")
        _require(len(self.labels) >= 2, "labels", "must name at least two classes")
        _require(all(label.strip() for label in self.labels), "labels", "hold an empty name")
        _require(len(set(self.labels)) == len(self.labels), "labels", "name a class twice")
        for reserved in IN_PLACE_OF_A_CLASS.values():
            told = f"must not name a class '{reserved}', which is what abstaining is called"
            _require(reserved not in self.labels, "labels", told)
        printable = all(label.isprintable() for label in self.labels)
        _require(printable, "labels", "hold characters that cannot be printed")
        # Beyond, logits divided by it are no numbers any more.
        _require(1e-3 <= self.temperature <= 1e3, "temperature", "must be between 0.001 and 1000")
        _require(0 <= self.threshold <= 1, "threshold", "must be between 0 and 1")
        # Probabilities have lost the constant of their logits, and with it the energy.
        _require(
            self.outlier is None or self.output.kind == "logits",
            "outlier",
            "needs an output of logits",
        )
        _require(
            self.second_look is None or self.input.height == self.input.width,
            "second_look",
            "needs an input as high as it is wide",
        )
        for name, classes in self.presets.items():
            known = len(set(classes)) >= 2 and set(classes) <= set(self.labels)
            _require(known, f"presets.{name}", "must name two or more of the labels")


def to_json(card: Card) -> str:
    """The card as JSON text; the same card gives the same text, byte for byte."""
    return json.dumps(asdict(card), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def from_json(text: str | bytes) -> Card:
    """The card that a JSON text holds.

    Raises ModelError: card_corrupt where it is no JSON, card_invalid (naming the field) where a
    value is missing, of the wrong type or impossible, or where the schema is a newer one.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the model card is not JSON: {error}", code="card_corrupt") from None
    _require(isinstance(value, dict), "document", "is not a JSON object")
    schema = value.get("schema")
    _require(type(schema) is int and schema >= 1, "schema", "is missing or not a positive number")
    _require(
        schema <= SCHEMA,
        "schema",
        f"is {schema}, this release reads up to {SCHEMA}; update wbc-edge to use this model",
    )
    try:
        return typed.decode(Card, value)
    except typed.Mismatch as found:
        sentence = "is missing" if found.wanted is None else f"must be {found.wanted}"
        raise ModelError(f"model card: {found.where} {sentence}", code="card_invalid") from None


def read(path: str | Path) -> Card:
    """The card inside a model file (.tflite or .onnx), read with the standard library alone.

    Raises ModelError: model_not_found, model_unreadable, unsupported_model, model_corrupt (also
    where the network is not the one that the card was put to), card_missing, card_corrupt,
    card_invalid.
    """
    content = container.read(Path(path))
    try:
        card = from_json(content)
    except ModelError as error:
        raise ModelError(f"{path}: {error}", code=error.code) from error
    # One wrong byte is enough for other answers, or for an interpreter to end the process.
    if card.network_crc32 not in (None, container.network_crc32(Path(path))):
        raise ModelError(
            f"{path} is damaged: its network has changed since its card was written",
            code="model_corrupt",
        )
    return card


def write(path: str | Path, card: Card) -> None:
    """Put the card into a model file in place, replacing one that is there.

    The model's own bytes stay as they are and every interpreter still loads the file; the same
    model and card give the same bytes. The card as written has the network's CRC-32. Raises
    ModelError as `read` does, but for the card.
    """
    file = Path(path)
    # Of this schema, whichever it was read in: it may tell what that one does not know.
    card = replace(card, schema=SCHEMA, network_crc32=container.network_crc32(file))
    container.write(file, to_json(card).encode("utf-8"))
