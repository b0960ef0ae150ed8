"""All that decides a training run, in one typed, stored document."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from train import document
from train.augment import Augmentation
from train.sources import Source, parse
from wbc_edge.card import IN_PLACE_OF_A_CLASS, Framing, InputSpec
from wbc_edge.errors import ModelError, UsageError

SMALLEST = 16
"""Pixels of a side below which a view tells nothing, and is not to be turned and shifted."""


def _require(condition: bool, name: str, what: str) -> None:
    if not condition:
        raise UsageError(f"the setting '{name}' has to be {what}")


_FOLDERS = re.compile(r'(?<=")[^"]*/(?=[^"/])')
"""What stands before a file's own name, in a text of JSON."""


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """How gradients become steps.

    Attributes:
        name: name in `train.recipe.optimizers.OPTIMIZERS`.
        momentum: of `sgd` (Nesterov), and the first moment's of the others.
        l2: weight of the squared kernels in the loss; coupled to the gradient, where
            `weight_decay` is not.
        clip: greatest norm of all gradients together; None for no limit.
        accumulate: batches whose mean gradient makes one step.
        average: momentum of the exponential moving average of the weights, which is then what is
            validated and kept as best; 0 for none.
    """

    name: str = "adamw"
    momentum: float = 0.9
    l2: float = 0.0
    clip: float | None = None
    accumulate: int = 1
    average: float = 0.0

    def __post_init__(self) -> None:
        _require(0 <= self.momentum < 1, "optimizer.momentum", "0 or more and below 1")
        _require(self.l2 >= 0, "optimizer.l2", "0 or more")
        _require(self.clip is None or self.clip > 0, "optimizer.clip", "above 0")
        _require(self.accumulate >= 1, "optimizer.accumulate", "1 or more")
        _require(0 <= self.average < 1, "optimizer.average", "0 or more and below 1")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Course of the learning rate after the warm-up.

    Attributes:
        name: name in `train.recipe.schedules.SCHEDULES`.
        end: last rate of `cosine`, `linear` and `exponential`, as a share of the peak.
        factor: of `step`, at every drop.
        every: epochs between the drops of `step`, or from one restart of `restarts` to the next.
    """

    name: str = "cosine"
    end: float = 0.0
    factor: float = 0.1
    every: float = 5.0

    def __post_init__(self) -> None:
        _require(0 <= self.end <= 1, "schedule.end", "between 0 and 1")
        _require(0 < self.factor <= 1, "schedule.factor", "above 0 and at most 1")
        _require(self.every > 0, "schedule.every", "above 0")


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What is made small.

    Attributes:
        name: name in `train.recipe.losses.LOSSES`.
        gamma: of `focal`: how much less a cell counts that the network is sure of.
        class_weights: power p of each class's weight, (its share of the draws)^-p with mean 1 over
            the draws: 0 leaves all alike, 1 lets every class count as much as any other.
    """

    name: str = "cross_entropy"
    gamma: float = 2.0
    class_weights: float = 0.0

    def __post_init__(self) -> None:
        _require(self.gamma >= 0, "loss.gamma", "0 or more")
        _require(0 <= self.class_weights <= 1, "loss.class_weights", "between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """Views made of two cells, with targets of both.

    Attributes:
        mixup: parameter of the beta distribution that draws the shares of a blend; 0 for none.
        cutmix: the same for the area of a rectangle put from one view into another; 0 for none.
        probability: share of the batches that are mixed; with both kinds, one is drawn for each.
    """

    mixup: float = 0.0
    cutmix: float = 0.0
    probability: float = 1.0

    def __post_init__(self) -> None:
        _require(self.mixup >= 0, "mixing.mixup", "0 or more")
        _require(self.cutmix >= 0, "mixing.cutmix", "0 or more")
        _require(0 <= self.probability <= 1, "mixing.probability", "between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Epochs with a freezing of their own; moments, warm-up and schedule begin anew with each.

    Attributes:
        epochs: how many.
        freeze: what stays as it is: see `train.recipe.freezing`.
        rate: factor of the learning rate.
    """

    epochs: int
    freeze: str = "none"
    rate: float = 1.0

    def __post_init__(self) -> None:
        _require(self.epochs >= 1, "stages.epochs", "1 or more")
        _require(self.rate >= 0, "stages.rate", "0 or more")


@dataclass(frozen=True, kw_only=True)
class Teacher:
    """Trained networks whose answers on the same views are learnt besides the labels.

    Attributes:
        runs: run folders, model files or shipped models' names; several answer by the mean of
            their probabilities.
        turns: how many of the eight ways to lay a view they answer by, as the mean of their logits
            (`wbc_edge.looks`): steadier answers, at as many times the cost.
        temperature: by which teachers' and own logits are divided before they are compared.
        weight: share of the teachers in the loss; the labels have the rest.
    """

    runs: tuple[str, ...] = ()
    turns: int = 1
    temperature: float = 2.0
    weight: float = 0.7

    def __post_init__(self) -> None:
        _require(1 <= self.turns <= 8, "teacher.turns", "1 to 8")
        _require(self.temperature > 0, "teacher.temperature", "above 0")
        _require(0 <= self.weight <= 1, "teacher.weight", "between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What is known of training cells besides their class, learnt beside it.

    Attributes:
        path: folder of WBCAtt's tables, or a table (`train.sources.attributes`); None for the
            sub-types alone that a source itself names.
        source: name of the only source whose cells have them; None for all.
        names: of those that are learnt; empty for all. What betrays where a cell comes from, such
            as a stain, a scanner or a slide, had better not be among them.
        weight: of their loss, the mean over all attributes; 0 for none.
    """

    path: str | None = None
    source: str | None = None
    names: tuple[str, ...] = ()
    weight: float = 0.0

    def __post_init__(self) -> None:
        _require(self.weight >= 0, "attributes.weight", "0 or more")
        _require(self.path is None or self.weight > 0, "attributes.weight", "above 0 with a path")


@dataclass(frozen=True, kw_only=True)
class Negatives:
    """Pictures without a white cell, from which the network learns to doubt.

    They have no class. Their energy (`wbc_edge.logits.energy`) is held below `low` and that of
    cells above `high`, by squared hinges as in Liu et al., NeurIPS 2020, section 3.2.

    Attributes:
        path: folder that `python -m train negatives` made; None for none.
        without: names of sources whose photographs are left out, as where one is held out.
        share: of every batch.
        low: energy that negatives are not to exceed.
        high: energy that cells are to reach.
        weight: of the hinges in the loss.
    """

    path: str | None = None
    without: tuple[str, ...] = ()
    share: float = 0.1
    low: float = 1.0
    high: float = 6.0
    weight: float = 0.1

    def __post_init__(self) -> None:
        _require(0 < self.share < 1, "negatives.share", "above 0 and below 1")
        _require(self.low < self.high, "negatives.low", "below negatives.high")
        _require(self.weight >= 0, "negatives.weight", "0 or more")


@dataclass(frozen=True, kw_only=True)
class Config:
    """One training run.

    Attributes:
        sources: where the cells come from.
        labels: class names in the order of the logits, two or more; no source may hold another.
        network: name in `train.zoo.NETWORKS`.
        options: the builder's own options, such as `alpha`.
        weights: `imagenet`, a weights file of the backbone, or None.
        start: what to go on from, in place of `weights`: a run folder's best network, or that of a
            float TFLite file or shipped model (`train.zoo.exported`); of a wider one, its strongest
            channels are taken over, a narrower one is kept whole (`train.zoo.inherit`).
        mean_of: run folders whose mean the network is (`train.average`): it is not trained.
        input: size, framing and filter of the network's view.
        augmentation: strengths.
        mixing: blends of two cells.
        balance: 1 draws classes by frequency, 0 equally often.
        batch_size: cells per batch.
        epochs: upper limit, stages included.
        steps: batches per epoch; None for as many whole ones as the training cells make, or one.
        freeze: what stays as it is after the stages: see `train.recipe.freezing`.
        stages: what comes before, stage by stage, of the epochs.
        optimizer: how gradients become steps.
        learning_rate: peak rate, warmed up over the first `warm_up` epochs.
        warm_up: epochs in which the rate grows linearly from zero.
        schedule: course of the rate from there.
        weight_decay: decoupled, per step and unit of the rate; kernels alone, and not with `adam`.
        loss: what is made small.
        label_smoothing: share of the target spread over all classes.
        teacher: networks to learn from besides the labels.
        attributes: what is known of training cells besides their class.
        negatives: pictures without a white cell to learn doubt from.
        precision: of the arithmetic; weights are float32 in any case, and so is the best network.
        keep: which epoch's network the run is: that of the `best` validation accuracy (of equals,
            the first), or the `last`, where the rate falls to nothing and validation cells are too
            few to tell epochs apart.
        patience: epochs without a better validation accuracy before a stage ends, and with the last
            one training.
        seed: of split, draws, views and initial weights.
        folds: split the cells into so many folds, as `split --folds`; None for parts of 80, 10 and
            10 per cent.
        fold: which of them, from 1, is tested on; the next validates.
    """

    sources: tuple[Source, ...]
    labels: tuple[str, ...]
    network: str = "mobilenet"
    options: dict[str, Any] = field(default_factory=dict)
    weights: str | None = "imagenet"
    start: str | None = None
    mean_of: tuple[str, ...] = ()
    input: InputSpec = InputSpec(height=128, width=128, framing=Framing(method="cell", scale=1.8))
    augmentation: Augmentation = Augmentation()
    mixing: Mixing = Mixing()
    balance: float = 0.5
    batch_size: int = 64
    epochs: int = 20
    steps: int | None = None
    freeze: str = "none"
    stages: tuple[Stage, ...] = ()
    optimizer: Optimizer = Optimizer()
    learning_rate: float = 1e-3
    warm_up: float = 0.5
    schedule: Schedule = Schedule()
    weight_decay: float = 0.02
    loss: Loss = Loss()
    label_smoothing: float = 0.05
    teacher: Teacher = Teacher()
    attributes: Attributes = Attributes()
    negatives: Negatives = Negatives()
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    keep: Literal["best", "last"] = "best"
    patience: int = 8
    seed: int = 0
    folds: int | None = None
    fold: int = 1

    def __post_init__(self) -> None:
        distinct = len(set(self.labels)) == len(self.labels) >= 2
        _require(
            distinct and all(self.labels), "labels", "two or more names, each once, none empty"
        )
        reserved = sorted(IN_PLACE_OF_A_CLASS.values())
        told = f"other names than {' and '.join(reserved)}, what an answer withheld is called"
        _require(set(reserved).isdisjoint(self.labels), "labels", told)
        for name in ("batch_size", "epochs", "patience"):
            _require(getattr(self, name) >= 1, name, "1 or more")
        # Negatives are one picture of a batch at least, and never all of it.
        room = self.batch_size >= 2 or self.negatives.path is None
        _require(room, "batch_size", "2 or more where negatives are learnt from")
        _require(self.steps is None or self.steps >= 1, "steps", "1 or more")
        _require(0 <= self.label_smoothing < 1, "label_smoothing", "0 or more and below 1")
        for name in ("learning_rate", "warm_up", "weight_decay", "seed"):
            _require(getattr(self, name) >= 0, name, "0 or more")
        _require(self.seed < 1 << 32, "seed", "below 2^32")  # as Keras and NumPy take them
        _require(0 <= self.balance <= 1, "balance", "between 0 and 1")
        for name in ("colour", "layout", "mean", "std"):
            # Of models that were made elsewhere: a network of the zoo scales its pixels itself.
            usual = getattr(InputSpec, name)
            same = getattr(self.input, name) == usual
            _require(same, f"input.{name}", f"{usual}, as for all that is trained here")
        for name in ("height", "width"):
            enough = getattr(self.input, name) >= SMALLEST
            _require(enough, f"input.{name}", f"{SMALLEST} or more")
        _require(self.folds is None or self.folds >= 2, "folds", "2 or more")
        _require(1 <= self.fold <= (self.folds or 1), "fold", "one of the folds, from 1")

    @property
    def architecture(self) -> str:
        """The network and its options in words, as the card has them."""
        return architecture(self.network, self.options)

    @property
    def learns_from(self) -> tuple[str, ...]:
        """Other networks, run folders or model files: teachers, the one to go on from, a mean's."""
        start = () if self.start is None else (self.start,)
        return (*self.teacher.runs, *start, *self.mean_of)

    def course(self) -> tuple[Stage, ...]:
        """The stages with the epochs that remain after them as the last; cut at `epochs`."""
        course = []
        left = self.epochs
        for stage in (*self.stages, Stage(epochs=self.epochs, freeze=self.freeze)):
            if left > 0:
                course.append(
                    Stage(epochs=min(stage.epochs, left), freeze=stage.freeze, rate=stage.rate)
                )
            left -= stage.epochs
        return tuple(course)

    def table(self) -> dict[str, Any]:
        """The configuration as it is written, sources as texts."""
        return asdict(self) | {"sources": [str(source) for source in self.sources]}

    def differences(self, other: Config) -> list[str]:
        """Names of the settings in which another configuration is not this one."""
        return document.differences(self._stored(), other._stored())

    def _stored(self) -> dict[str, Any]:
        """The table as a file has it: that knows no tuples, which options may hold."""
        stored: dict[str, Any] = json.loads(json.dumps(self.table()))
        return stored

    @property
    def sha256(self) -> str:
        """A hash of all settings; of files and folders their names count, not where they lie."""
        # As a run has them, which reads them from a file: 0 is 0.0 there, where shares are meant.
        read = from_table(self._stored())
        table = read.table() | {"sources": [asdict(source) for source in read.sources]}
        text = json.dumps(table, default=str, sort_keys=True)
        return hashlib.sha256(_FOLDERS.sub("", text).encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Writes the configuration as JSON, as a whole or not at all."""
        document.write(path, self.table())


def at_scale(view: InputSpec, scale: float) -> InputSpec:
    """The same view of cells shown closer or from further away, in nuclear diameters."""
    return replace(view, framing=replace(view.framing, scale=scale))


def at_size(view: InputSpec, side: int) -> InputSpec:
    """The same view in more pixels or fewer, as many high as wide."""
    return replace(view, height=side, width=side)


def architecture(network: str, options: Mapping[str, Any]) -> str:
    """A network and its options in words; `layout` reads them back."""
    return " ".join([network, *(f"{key}={value}" for key, value in options.items())])


def layout(words: str) -> tuple[str, dict[str, Any]]:
    """The network and its options that `architecture` put into words.

    A value that is no literal is a text; of a text from elsewhere, the name is no network's.
    """
    network, *options = re.split(r" (?=\w+=)", words)
    return network, dict(_option(text) for text in options)


def _option(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return name, value


def load(path: Path) -> Config:
    """The configuration in a JSON or TOML file; what it leaves out has its default.

    Raises:
        UsageError: the file cannot be read, or a setting is unknown, missing or impossible.
    """
    table = document.read(path)
    try:
        return from_table(table)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def from_table(table: Mapping[str, Any]) -> Config:
    """The configuration that a table holds, sources as `[READER:]PATH[@WEIGHT]`.

    `input` may name a part of its settings; the others have the defaults of `Config`.

    Raises:
        UsageError: a setting is unknown, missing or impossible.
    """
    sources = table.get("sources", ())
    if not isinstance(sources, (list, tuple)) or not all(isinstance(s, str) for s in sources):
        shown = document.short(repr(sources))
        raise UsageError(f"the setting 'sources' has to be a list of texts, not {shown}")
    changes: dict[str, Any] = {}
    if sources:
        changes["sources"] = tuple(parse(text) for text in sources)
    if isinstance(table.get("input"), Mapping):
        changes["input"] = document.merge(asdict(Config.input), table["input"])
    try:
        return document.decode(Config, {**table, **changes})
    except ModelError as error:
        raise UsageError(str(error).removeprefix("model card: ")) from None
