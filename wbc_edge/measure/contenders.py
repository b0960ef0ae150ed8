"""What takes part in a benchmark: each model, runtime, number of threads and size of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from wbc_edge import image, runtimes
from wbc_edge.bundle import Bundle, open_bundle
from wbc_edge.card import Card
from wbc_edge.classifier import Classifier
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.measure import foreign
from wbc_edge.measure.latency import Candidate
from wbc_edge.runtimes import trial


@dataclass(frozen=True, kw_only=True, eq=False)
class Contender:
    """One model in one runtime with a number of threads. `name` is unique within a benchmark.

    `runtime` is what "auto" came to; `version` is that of the runtime; `card` is one that was
    given, for a model from elsewhere. With `first_look` no second look is taken, whatever the
    file's own card tells; that of `bundle` tells of none.
    """

    name: str
    model: str
    bundle: Bundle
    card: Card | None
    first_look: bool
    runtime: str
    version: str
    threads: int
    batch: int

    def open(self) -> Classifier:
        """A fresh classifier, from the file on."""
        bundle = open_bundle(self.model, card=self.card)
        if self.first_look:
            bundle = at_first_look(bundle)
        return Classifier(bundle, runtime=self.runtime, threads=self.threads)

    def candidate(self) -> Candidate:
        """This contender for the stopwatch."""
        stages = Stages if self.batch == 1 else BatchStages
        return Candidate(name=self.name, open=lambda: stages(self.open()), batch=self.batch)


def at_first_look(bundle: Bundle) -> Bundle:
    """The same model, which looks at no cell twice."""
    return replace(bundle, card=replace(bundle.card, second_look=None))


class Stages:
    """A classifier taken apart into the stages that are timed (`latency.Subject`)."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    def decode(self, data: bytes) -> PIL.Image.Image:
        """The bytes of an image file -> its upright RGB picture."""
        return image.load(data, limits=self._classifier.limits).picture

    def prepare(self, picture: PIL.Image.Image) -> NDArray[np.uint8]:
        """The picture -> (1, height, width, 3)."""
        return self._classifier.view(picture)[0][np.newaxis]

    def invoke(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(1, height, width, 3) -> the network's (1, classes) output."""
        return self._classifier.session.run(pixels)

    def answer(self, output: NDArray[np.float32]) -> Any:
        """(1, classes) output -> what the user gets of one look."""
        return self._classifier.judge(output)


class BatchStages:
    """The same stages for a list of images at a time (`latency.Subject`)."""

    def __init__(self, classifier: Classifier) -> None:
        self._single = Stages(classifier)
        self.invoke = self._single.invoke

    def decode(self, data: Sequence[bytes]) -> list[PIL.Image.Image]:
        """The bytes of image files -> their pictures."""
        return [self._single.decode(item) for item in data]

    def prepare(self, pictures: Sequence[PIL.Image.Image]) -> NDArray[np.uint8]:
        """The pictures -> (N, height, width, 3)."""
        return np.concatenate([self._single.prepare(picture) for picture in pictures])

    def answer(self, output: NDArray[np.float32]) -> list[Any]:
        """(N, classes) output -> what the user gets of one look at each."""
        return [self._single.answer(output[at : at + 1]) for at in range(len(output))]


def enter(
    models: Iterable[str | Path],
    *,
    engines: Sequence[str] = ("auto",),
    threads: Sequence[int | None] = (None,),
    batches: Sequence[int] = (1,),
    card: Card | None = None,
    first_look: bool = False,
) -> tuple[Contender, ...]:
    """Every model with every runtime that reads its format, number of threads and size of a batch.

    Each is opened once, so that what cannot be used is found before anything is measured. A number
    of threads that is None is the tuned one, or 1; `card` describes models that carry none; with
    `first_look` no second looks are taken.

    Raises:
        UsageError: a model that none of the runtimes reads, nothing to measure, or nothing that
            the card describes.
        ModelError, RuntimeUnavailable: as opening a Classifier does.
    """
    entered: dict[str, Contender] = {}
    described = False
    names = _short_names([str(model) for model in models])
    for model, name in names.items():
        bundle, given = _bundle(model, name, card)
        described |= given is not None
        if first_look:
            bundle = at_first_look(bundle)
        for engine in runtimes.named(bundle.path, engines):
            trial.check(bundle.path, bundle.card, runtime=engine)
            for count in threads:
                for contender in _open(
                    model, name, bundle, given, first_look, engine, count, batches
                ):
                    entered.setdefault(contender.name, contender)
    if not entered:
        raise UsageError("there is no model to measure")
    if card is not None and not described:
        raise UsageError("--labels and --input describe models without a card; these carry theirs")
    return tuple(entered.values())


def _bundle(model: str, name: str, card: Card | None) -> tuple[Bundle, Card | None]:
    """The model with its own card, or with the given one where it carries none."""
    try:
        return open_bundle(model), None
    except ModelError as error:
        if error.code != "card_missing":
            raise
        if card is None:
            raise ModelError(
                f"{error}; --labels and --input describe a model from elsewhere", code=error.code
            ) from error
    given = replace(card, name=name)
    return open_bundle(model, card=given), given


def _open(
    model: str,
    name: str,
    bundle: Bundle,
    card: Card | None,
    first_look: bool,
    engine: str,
    threads: int | None,
    batches: Sequence[int],
) -> Iterator[Contender]:
    session = Classifier(bundle, runtime=engine, threads=threads).session
    if card is not None:
        foreign.check_output(bundle.path, card, session)
    for batch in batches:
        yield Contender(
            name=f"{name} {session.runtime} x{session.threads}" + (f" batch {batch}" * (batch > 1)),
            model=model,
            bundle=bundle,
            card=card,
            first_look=first_look,
            runtime=session.runtime,
            version=session.version,
            threads=session.threads,
            batch=batch,
        )


def _short_names(models: Sequence[str]) -> dict[str, str]:
    """Each model -> the shortest of its stem, its file name and its whole path that is unique."""
    names = {}
    for model in models:
        short = (Path(model).stem, Path(model).name, model)
        others = [Path(other) for other in models if other != model]
        taken = {name for other in others for name in (other.stem, other.name)}
        names[model] = next((name for name in short if name not in taken), model)
    return names
