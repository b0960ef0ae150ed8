"""What can be said of a model file before any picture is shown to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge import bundle, container, figure, wording
from wbc_edge import card as cards
from wbc_edge.bundle import Bundle
from wbc_edge.errors import ModelError, RuntimeUnavailable
from wbc_edge.runtimes import trial, tuned
from wbc_edge.text import columns

if TYPE_CHECKING:
    from wbc_edge.card import Card, Metric
    from wbc_edge.runtimes import Tensor


_DAMAGED = ("model_corrupt", "card_corrupt")
"""Problems with a file that is not as it was written."""

_HARMLESS = ("card_missing", "runtime_unavailable")
"""Codes of what may be said of a good file: of one from elsewhere, or for another machine."""


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """A model file; `problems` are sentences on what could not be found out, and why.

    `runtime` and `threads` are what answered here; `tuned` says that `auto` took them because
    `wbc-edge doctor --tune` had found them fastest; `sound` that nothing is wrong with the file as
    far as can be seen here, and that its card fits it, if it has one.
    """

    path: Path
    format: str
    size: int
    sha256: str
    card: Card | None
    runtime: str | None
    threads: int | None
    tuned: bool
    input: Tensor | None
    output: Tensor | None
    problems: tuple[str, ...]
    sound: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "path": str(self.path)}

    def to_text(self) -> str:
        """For people, in lines of "name  value"."""
        rows = [
            ("file", str(self.path)),
            ("format", f"{self.format}, {self.size:,} bytes"),
            ("sha256", self.sha256),
        ]
        if self.input is not None and self.output is not None:
            rows += [("input", _tensor(self.input)), ("output", _tensor(self.output))]
            why = ", found fastest by doctor --tune" if self.tuned else ""
            rows.append(("opened with", f"{self.runtime}, threads: {self.threads}{why}"))
        if self.card is not None:
            rows += _card(self.card)
        rows += [("problem", problem) for problem in self.problems]
        return columns(rows)


def inspect(name_or_path: str | Path, *, runtime: str = "auto") -> ModelInfo:
    """Look into a model file, with or without a card, with or without a runtime for it.

    Raises ModelError where there is no such file or it is no model of a known format.
    """
    path, digest = bundle.locate(name_or_path)
    format_ = container.sniff(path)
    size = path.stat().st_size
    problems: list[ModelError | RuntimeUnavailable] = []
    card = session = None
    chosen = False
    try:
        card = cards.read(path)
    except ModelError as error:
        problems.append(error)
    spec = None if card is None else card.input
    try:
        # A runtime that follows what a damaged file says can end the process without a word: one
        # whose checksum is wrong is not opened, and one that has none is first tried elsewhere.
        if not any(problem.code in _DAMAGED for problem in problems):
            trial.check(path, card, runtime=runtime)
            session, chosen = tuned.open_best(path, runtime=runtime, threads=None, spec=spec)
        if card is not None and session is not None:
            found = Bundle(path=path, card=card, sha256=digest, size=size)
            bundle.check(found, session)
            blank = np.zeros((1, card.input.height, card.input.width, 3), np.uint8)
            bundle.check_answer(found, session.run(blank))
    except (ModelError, RuntimeUnavailable) as error:
        problems.append(error)
    return ModelInfo(
        path=path,
        format=format_,
        size=size,
        sha256=digest,
        card=card,
        runtime=f"{session.runtime} {session.version}" if session else None,
        threads=session.threads if session else None,
        tuned=chosen,
        input=session.input if session else None,
        output=session.output if session else None,
        problems=tuple(map(str, problems)),
        # A model from elsewhere needs no card, nor every machine each runtime.
        sound=all(problem.code in _HARMLESS for problem in problems),
    )


def shipped_models() -> list[dict[str, Any]]:
    """The shipped models: name, file, size, and from their cards format, accuracy and sources."""
    found = []
    for model in bundle.shipped():
        card = cards.read(model.path)
        accuracy = next((metric for metric in card.metrics if metric.name == figure.TOP1), None)
        found.append(
            {
                "name": model.name,
                "file": model.path.name,
                "bytes": model.size,
                "format": card.format,
                "architecture": card.architecture,
                "top1": asdict(accuracy) if accuracy else None,
                "sources": [source.name for source in card.training.sources],
                "licence": card.licence,
            }
        )
    return found


def models_text(models: list[dict[str, Any]]) -> str:
    """`shipped_models` as a table."""
    rows = [("name", "format", "MB", "top-1", "measured on", "trained on")]
    for model in models:
        top1 = model["top1"]
        rows.append(
            (
                model["name"],
                model["format"],
                f"{model['bytes'] / 1e6:.1f}",
                wording.percent(top1["value"]) if top1 else "-",
                f"{top1['count']} of {top1['dataset']}" if top1 else "-",
                ", ".join(model["sources"]) or "-",
            )
        )
    return columns(rows, right=(2, 3))


def _tensor(tensor: Tensor) -> str:
    shape = " x ".join("any" if size is None else str(size) for size in tensor.shape)
    if tensor.scale is None:
        return f"{shape} {tensor.dtype}"
    return f"{shape} {tensor.dtype}, scale {tensor.scale:.6g}, zero point {tensor.zero_point}"


def _card(card: Card) -> list[tuple[str, str]]:
    spec = card.input
    return [
        ("name", f"{card.name} {card.version} ({card.format})"),
        ("classes", ", ".join(card.labels)),
        *(("preset", f"{name}: {', '.join(classes)}") for name, classes in card.presets.items()),
        (
            "picture",
            f"{spec.width} x {spec.height} {spec.colour}, framed by {spec.framing.method}"
            f" x {spec.framing.scale:g}, {spec.filter}"
            f"{', background made white' if spec.light == 'white' else ''}",
        ),
        ("answer", f"{card.output.kind}, temperature {card.temperature:g}"),
        ("abstains", f"below {card.threshold:g}" if card.threshold else "never"),
        ("second look", _second_look(card)),
        ("no cell", "not judged" if card.outlier is None else f"below energy {card.outlier:g}"),
        ("architecture", f"{card.architecture}, {card.parameters:,} parameters"),
        *(("measured", _metric(metric, card)) for metric in card.metrics),
        *(
            ("trained on", f"{source.name}, {source.count:,} images, {source.licence}")
            for source in card.training.sources
        ),
        ("parent", card.parent_sha256 or "none"),
        ("licence", card.licence),
        ("use", card.intended_use),
    ]


def _second_look(card: Card) -> str:
    look = card.second_look
    if look is None:
        return "never"
    return f"below {look.below:g}, the mean of {look.turns} turns{wording.at_scales(look.scales)}"


def _metric(metric: Metric, card: Card) -> str:
    interval = ""
    if metric.low is not None and metric.high is not None:
        interval = f" ({metric.low:.5f} to {metric.high:.5f})"
    name = metric.name
    if card.second_look is not None and figure.is_at_one_look(name):
        name += ", at one look,"
    return f"{name} {metric.value:.5f}{interval} on {metric.count} of {metric.dataset}"
