"""What is judged: a Keras run, a TFLite file or an ONNX file, behind one small protocol."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from train import pixels
from train.recipe import ancestry
from train.run import Run, named
from wbc_edge import container
from wbc_edge.choice import presets_of
from wbc_edge.classifier import Classifier
from wbc_edge.logits import softmax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    from numpy.typing import NDArray

    from train.sources.sample import Sample
    from wbc_edge.card import InputSpec


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a report says of a subject.

    Attributes:
        name: of the run folder or the model file, without its path.
        form: `keras`, `tflite` or `onnx`.
        path: the run folder, the model file or the shipped model's name, as it was given.
        sha256: of the file that holds the network.
        architecture: network and its options.
        parameters: number of weights, 0 where unknown.
        labels: classes in the order of the output.
        input: size, framing and filter of the network's view.
        temperature: divisor of the logits; 1 for a run, which is calibrated only on export.
        threshold: confidence under which the subject abstains; 0 is never.
        presets: names of choices among the labels.
    """

    name: str
    form: str
    path: str
    sha256: str
    architecture: str
    parameters: int
    labels: tuple[str, ...]
    input: InputSpec
    temperature: float
    threshold: float
    presets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What a subject says of N cells.

    Attributes:
        probabilities: calibrated, (N, labels).
        refused: (N,) whether it took the cell for none, by the energy of its output; an abstention
            that no threshold of confidence undoes.
    """

    probabilities: NDArray[np.float64]
    refused: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What a subject says of the cells that it learnt from.

    Attributes:
        sources: their names; empty where the subject says nothing.
        cells: source -> keys of the cells that it was trained or chosen on; None where only
            `split_sha256` is known.
        originals: pictures that those cells were taken from, as far as they have names.
        digests: hashes of those cells (`train.split.digest`), as far as they were written down.
        split_sha256: one hash over the splits of all sources (`Run.split_sha256`).
        finished: whether it has come to its training's end.
    """

    sources: tuple[str, ...] = ()
    cells: Mapping[str, frozenset[str]] | None = None
    originals: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    split_sha256: str | None = None
    finished: bool = True


class Subject(Protocol):
    """Something that answers for cells."""

    @property
    def identity(self) -> Identity:
        """What it is."""

    @property
    def knowledge(self) -> Knowledge:
        """What it has learnt from."""

    @property
    def history(self) -> Sequence[Mapping[str, float]]:
        """A row of figures per epoch; empty where the training is not known."""

    @property
    def kept(self) -> int | None:
        """The epoch whose network it is; None where that is not known."""

    def answers(self, samples: Sequence[Sample], labels: Sequence[str]) -> Answers:
        """What it says of the cells, which pass through the device's own preprocessing.

        Args:
            samples: the cells.
            labels: classes to choose among, in the order of the columns; all others are left out
                and the probabilities renormalised.

        Raises:
            InputError: a cell's file cannot be read.
        """


def open_subject(text: str) -> Subject:
    """The run, model file or shipped model that a text names.

    Raises:
        UsageError: a folder without a finished epoch of training in it.
        ModelError, RuntimeUnavailable: a file that cannot be used here.
    """
    found = named(text)
    return FileSubject(text) if found is None else KerasSubject(found)


class KerasSubject:
    """The best network of a training run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        # Read at once, so that a folder without a run or a network is refused before any work.
        self._model = run.best()

    @cached_property
    def identity(self) -> Identity:
        config = self.run.config
        return Identity(
            name=self.run.folder.resolve().name,
            form="keras",
            path=str(self.run.folder),
            sha256=hashlib.sha256(self.run.best_file.read_bytes()).hexdigest(),
            architecture=config.architecture,
            parameters=self._model.count_params(),
            labels=config.labels,
            input=config.input,
            temperature=1.0,
            threshold=0.0,
            presets=presets_of(config.labels),
        )

    @cached_property
    def knowledge(self) -> Knowledge:
        # What it knows by the networks that it has learnt from, it knows as well.
        elders = ancestry.known(self.run)
        known = {name: elder.cells for name, elder in elders.items()}
        return Knowledge(
            sources=tuple(known),
            cells=known,
            finished=self.run.metrics_file.is_file(),
            originals=ancestry.originals([str(self.run.folder)], known),
            digests=ancestry.digests_of(elders),
        )

    @property
    def history(self) -> Sequence[Mapping[str, float]]:
        return self.run.history()

    @property
    def kept(self) -> int | None:
        return self.run.kept_epoch()

    def answers(self, samples: Sequence[Sample], labels: Sequence[str]) -> Answers:
        views = pixels.load(samples, self.run.config.input, self.run.cache)
        return Answers(
            probabilities=self.probabilities(views, labels),
            refused=np.zeros(len(samples), dtype=bool),
        )

    def probabilities(self, views: NDArray[np.uint8], labels: Sequence[str]) -> NDArray[np.float64]:
        """What it says of views (N, h, w, 3): (N, labels), as in `answers`."""
        from train.training import predict

        columns = [self.run.config.labels.index(label) for label in labels]
        return softmax(predict(self._model, views)[:, columns])

    def features(self, views: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What its last layer is given of views (N, h, w, 3): (N, features)."""
        from train.training import predict

        return predict(self._all_but_last, views)

    @cached_property
    def _all_but_last(self) -> keras.Model:
        import keras

        return keras.Model(self._model.inputs, self._model.get_layer("logits").input)


class AskedOtherwise:
    """A training run's best network that is asked in another way: what it is and knows is the same.

    Who derives from it answers (`Subject.answers`).
    """

    def __init__(self, subject: KerasSubject) -> None:
        self._subject = subject

    @property
    def identity(self) -> Identity:
        return self._subject.identity

    @property
    def knowledge(self) -> Knowledge:
        return self._subject.knowledge

    @property
    def history(self) -> Sequence[Mapping[str, float]]:
        return self._subject.history

    @property
    def kept(self) -> int | None:
        return self._subject.kept


class FileSubject:
    """A model file in the first installed runtime that reads it, whatever is tuned here."""

    def __init__(self, name_or_path: str) -> None:
        self._given = name_or_path
        self._classifier = Classifier.untuned(name_or_path)

    @cached_property
    def identity(self) -> Identity:
        opened, card = self._classifier.bundle, self._classifier.card
        return Identity(
            name=opened.path.name,
            form=container.sniff(opened.path),
            path=self._given,
            sha256=opened.sha256,
            architecture=card.architecture,
            parameters=card.parameters,
            labels=card.labels,
            input=card.input,
            temperature=card.temperature,
            threshold=card.threshold,
            presets=card.presets,
        )

    @cached_property
    def knowledge(self) -> Knowledge:
        training = self._classifier.card.training
        return Knowledge(
            sources=tuple(source.name for source in training.sources),
            split_sha256=training.split_sha256,
        )

    @property
    def history(self) -> Sequence[Mapping[str, float]]:
        return ()

    @property
    def kept(self) -> int | None:
        return None

    def answers(self, samples: Sequence[Sample], labels: Sequence[str]) -> Answers:
        classifier = self._classifier
        if set(labels) != set(classifier.labels):
            classifier = Classifier.untuned(classifier.bundle, classes=labels)
        with tempfile.TemporaryDirectory(prefix="wbc-edge-") as folder:
            views = pixels.load(samples, self.identity.input, Path(folder))
            answers = classifier.answers(views)
        return Answers(
            probabilities=np.array([each.ordered(labels) for each in answers]),
            refused=np.array([each.reason == "not_a_cell" for each in answers]),
        )
