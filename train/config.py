"""All that decides a training run, in one typed, stored document."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from train.augment import Augmentation
from train.sources import Source, parse
from wbc_edge.card import Framing, InputSpec


@dataclass(frozen=True, kw_only=True)
class Config:
    """One training run.

    Attributes:
        sources: where the cells come from.
        labels: class names in the order of the logits; no source may hold another.
        network: name in `train.zoo.NETWORKS`.
        options: the builder's own options, such as `alpha`.
        weights: `imagenet`, a weights file of the backbone, or None.
        start: run folder whose best network to go on from, in place of `weights`.
        input: size, framing and filter of the network's view.
        augmentation: strengths.
        balance: 1 draws classes by frequency, 0 equally often.
        batch_size: cells per step.
        epochs: upper limit.
        steps: steps per epoch; None for as many as cover the training cells once.
        learning_rate: peak rate of AdamW, warmed up over the first `warm_up` epochs, cosine to
            zero.
        weight_decay: of AdamW, decoupled.
        label_smoothing: share of the target spread over all classes.
        patience: epochs without a better validation accuracy before training stops.
        seed: of split, draws, views and initial weights.
    """

    sources: tuple[Source, ...]
    labels: tuple[str, ...]
    network: str = "mobilenet"
    options: dict[str, Any] = field(default_factory=dict)
    weights: str | None = "imagenet"
    start: str | None = None
    input: InputSpec = InputSpec(height=128, width=128, framing=Framing(method="cell", scale=2.2))
    augmentation: Augmentation = Augmentation()
    balance: float = 0.5
    batch_size: int = 64
    epochs: int = 20
    steps: int | None = None
    learning_rate: float = 1e-3
    warm_up: float = 0.5
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    patience: int = 8
    seed: int = 0

    def save(self, path: Path) -> None:
        """Writes the configuration as JSON."""
        document = asdict(self) | {"sources": [str(source) for source in self.sources]}
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def load(path: Path) -> Config:
    """The configuration that `Config.save` wrote."""
    document = json.loads(path.read_text(encoding="utf-8"))
    view = document["input"]
    known = {f.name for f in fields(Config)}
    return Config(
        **{key: value for key, value in document.items() if key in known}
        | {
            "sources": tuple(parse(text) for text in document["sources"]),
            "labels": tuple(document["labels"]),
            "input": InputSpec(**view | {"framing": Framing(**view["framing"])}),
            "augmentation": Augmentation(**document["augmentation"]),
        }
    )
