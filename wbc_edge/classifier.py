"""Pictures in, predictions out: one by one, or as a stream of any length."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from numbers import Real
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wbc_edge import bundle as bundles
from wbc_edge import framing, image, looks
from wbc_edge.bundle import Bundle, check_answer
from wbc_edge.cores import check_threads, usable_cores
from wbc_edge.decoding import no_memory
from wbc_edge.errors import InputError, UsageError
from wbc_edge.logits import energy, softmax
from wbc_edge.nucleus import is_one_of_several
from wbc_edge.runtimes import first_usable, tuned

if TYPE_CHECKING:
    from pathlib import Path

    import PIL.Image
    from numpy.typing import NDArray

    from wbc_edge.card import Card
    from wbc_edge.image import Limits, Source, Taken
    from wbc_edge.runtimes import Session

    Run = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    Answer = Callable[[Source | Taken, Run], "Row"]
    Answers = tuple[list["Row"], Exception | None]

SEVERAL = "more is stained beside this cell than in it: `wbc-edge count` names each of a field"
"""The note where a picture shows more than one cell, by all appearances."""

_BATCH = 4
"""Inputs handed to a worker at a time, where there are plenty: each handing over wakes threads."""

_SLOW_S = 0.05
"""Seconds that a stream may take for its next input before the answers so far go ahead of it."""

_BATCHES_PER_WORKER = 2
"""Batches under way for each worker: enough that none waits, few enough that memory stays flat."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The answer to one picture.

    `label` is the most probable class and `confidence` its probability, also where the model
    abstained; `probabilities` are in label order. `reason` says why it abstained: "not_a_cell"
    where the picture is like nothing that it knows, "doubtful" where its confidence stayed below
    the threshold, None where it answered. `looks` counts the runs of the network behind it: more
    than one where it was in doubt at the first (the card's `second_look`).
    """

    label: str
    confidence: float
    probabilities: dict[str, float]
    reason: Literal["doubtful", "not_a_cell"] | None = None
    looks: int = 1

    @property
    def abstained(self) -> bool:
        """Whether the label is not to be taken for an answer."""
        return self.reason is not None

    def ordered(self, labels: Sequence[str]) -> list[float]:
        """The probabilities of the labels, of which `label` has the greatest in any order.

        8-bit logits may be equal: then it is put ahead of the others by a last bit.
        """
        values = [self.probabilities[label] for label in labels]
        if values.count(self.confidence) > 1:
            values[labels.index(self.label)] = float(np.nextafter(self.confidence, 1))
        return values


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one input of a stream: a prediction, or the error that stood in its way.

    `view` is what the network was given of it, uint8 of shape (height, width, 3), where asked for.
    """

    path: str
    prediction: Prediction | None = None
    error: InputError | None = None
    notes: tuple[str, ...] = ()
    view: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)

    def place(self) -> tuple[object, ...]:
        """What the row is of, as columns of a table."""
        return (self.path,)

    def to_dict(self) -> dict[str, Any]:
        """The row as one JSON object; every key is always there."""
        answer, error = self.prediction, self.error
        return {
            "path": self.path,
            "label": answer.label if answer else None,
            "confidence": answer.confidence if answer else None,
            "probabilities": answer.probabilities if answer else None,
            "abstained": answer.abstained if answer else None,
            "reason": answer.reason if answer else None,
            "looks": answer.looks if answer else None,
            "error": {"code": error.code, "message": error.reason} if error else None,
            "notes": list(self.notes),
        }


class Classifier:
    """A model, opened and ready.

    `model` is a shipped name, a path or a Bundle; `threshold` replaces the card's. `classes`, names
    of classes or of the card's presets, are those to choose among: the others count as impossible
    and probabilities are of the rest. With `any_image` it answers also where the card's `outlier`
    says that there is no cell. The runtime "auto" and its threads are those that `wbc-edge doctor
    --tune` found fastest here, and without that the first installed one with one thread. Raises
    ModelError, RuntimeUnavailable or UsageError where it cannot be opened. Calls from
    several threads may wait for one another; what runs side by side is left to `classify_many`. A
    process that is forked while answers are being given has to open one of its own.
    """

    def __init__(
        self,
        model: str | Path | Bundle = bundles.DEFAULT,
        *,
        runtime: str = "auto",
        threads: int | None = None,
        threshold: float | None = None,
        classes: str | Sequence[str] | None = None,
        any_image: bool = False,
        limits: Limits = image.Limits(),
    ) -> None:
        # Written so that it holds for no number that is none.
        if threshold is not None and not (isinstance(threshold, Real) and 0 <= threshold <= 1):
            raise UsageError(f"the threshold must be between 0 and 1, not {threshold!r}")
        if not isinstance(limits, image.Limits):
            raise UsageError(f"limits must be wbc_edge.Limits, not {limits!r}")
        self.bundle = model if isinstance(model, Bundle) else bundles.open_bundle(model)
        self.limits = limits
        self.threshold = self.card.threshold if threshold is None else threshold
        self.labels = self.card.labels
        """The classes that are chosen among, in the order of the output."""
        self.outlier = None if any_image else self.card.outlier
        self._columns: list[int] | None = None
        if classes is not None:
            from wbc_edge.choice import choose

            self._columns = choose(self.card, classes)
            self.labels = tuple(self.card.labels[column] for column in self._columns)
        self.session = self._open(runtime, threads)

    @classmethod
    def untuned(cls, model: str | Path | Bundle, **options: Any) -> Classifier:
        """The same in the first runtime that starts here, whatever is tuned.

        For figures and answers that are stored or compared: they must not move with the machine.
        """
        opened = model if isinstance(model, Bundle) else bundles.open_bundle(model)
        return cls(opened, runtime=first_usable(opened.path), **options)

    @property
    def card(self) -> Card:
        """What the model says of itself."""
        return self.bundle.card

    def classify(self, source: Source) -> Prediction:
        """Answer one picture: a path, bytes, binary stream, array or Pillow image.

        Raises InputError where it cannot be turned into pixels.
        """
        return self.answers(self.prepared(source)[1][np.newaxis])[0]

    def classify_many(
        self, sources: Iterable[Source], *, workers: int | None = None, views: bool = False
    ) -> Iterator[Row]:
        """Answer a stream of pictures, lazily and in order, one Row each, with its view if asked.

        A bad input is a row with its error. `sources` is drawn from as rows are taken, never far
        ahead, so that the stream may be endless; what is no path is read as it is drawn, so that
        its owner may go on with it. `workers` threads (by default one for each core that this
        process may use) decode and infer, sharing as many sessions as keep them busy
        (`wbc_edge.pool`); closing the iterator stops them. Raises TypeError for a single picture.
        """
        if isinstance(sources, (str, bytes, bytearray, memoryview, os.PathLike, np.ndarray)) or (
            hasattr(sources, "read")
        ):
            raise TypeError("classify_many takes several pictures, such as a list; classify one")
        if workers is not None:
            check_threads("workers", workers)
        workers = workers or max(1, usable_cores() // self.session.threads)
        return self._many(iter(sources), workers, partial(self._row, views=views))

    def _many(self, remaining: Iterator[Source], workers: int, row: Answer) -> Iterator[Row]:
        # The first by itself, and others while they come slowly: threads are for what waits.
        began: float | None = None
        for source in remaining:
            if workers > 1 and began is not None and monotonic() - began <= _SLOW_S:
                yield from self._stream(chain((source,), remaining), workers, row)
                return
            yield row(source, self.session.run)
            began = monotonic()

    def prepared(self, source: Source | Taken) -> tuple[image.Image, NDArray[np.uint8]]:
        """The decoded picture, and the (height, width, 3) pixels that the network is given of it.

        Of what looks like a field of cells, one is meant, and a note says so.

        Raises InputError where it cannot be turned into pixels.
        """
        loaded = image.load(source, limits=self.limits)
        try:
            pixels, notes = self.view(loaded.picture)
        except MemoryError:
            raise no_memory(image.source_name(source)) from None
        return replace(loaded, notes=(*loaded.notes, *notes)), pixels

    def view(self, picture: PIL.Image.Image) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
        """What the network is given of an RGB picture, (height, width, 3), and what to note."""
        spec = self.card.input
        nucleus = framing.nucleus_of(picture, spec.framing)
        several = nucleus is not None and is_one_of_several(picture, nucleus)
        return image.prepare_around(nucleus, picture, spec), (SEVERAL,) if several else ()

    def predict(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(N, height, width, 3) prepared uint8 pixels -> (N, labels) probabilities.

        The output divided by the card's temperature, through the softmax. Raises ModelError
        (shape_mismatch) where the pixels are not of the card's size.
        """
        if len(pixels) == 0:  # no runtime has a shape for the answer to nothing
            return np.zeros((0, len(self.labels)))
        return self.probabilities(self.session.run(pixels))

    def probabilities(self, output: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, classes) output of the session -> (N, labels) probabilities; see `predict`.

        Raises ModelError: see `bundle.check_answer`.
        """
        values = self._whole(output)
        # Not a number is below no threshold: it would pass for an answer.
        check_answer(self.bundle, values)
        if self._columns is not None:
            values = values[:, self._columns]
        if self.card.output.kind == "probabilities":
            # Logits but for a constant, which the softmax takes out again.
            values = np.log(np.clip(values, 1e-12, None))
        return softmax(values, self.card.temperature)

    def refused(self, output: NDArray[np.float32]) -> NDArray[np.bool_]:
        """(N, classes) output of the session -> (N,) whether a picture is like no known cell."""
        if self.outlier is None:
            return np.zeros(len(output), dtype=bool)
        unlike: NDArray[np.bool_] = energy(self._whole(output)) < self.outlier
        return unlike

    def _whole(self, output: NDArray[np.float32]) -> NDArray[np.float64]:
        """The output with a value for each class, (N, classes)."""
        values = output.astype(np.float64)
        if values.shape[1] < len(self.card.labels):
            return _of_two(values, self.card.output.kind)
        return values

    def answers(self, pixels: NDArray[np.uint8], run: Run | None = None) -> list[Prediction]:
        """(N, height, width, 3) prepared uint8 pixels -> the N answers, second looks included.

        `run` stands in for the session's own.
        """
        run = run or self.session.run
        found: list[Prediction] = []
        for start in range(0, len(pixels), looks.AT_ONCE):
            found += self._answers(pixels[start : start + looks.AT_ONCE], run)
        return found

    def _answers(self, pixels: NDArray[np.uint8], run: Run) -> list[Prediction]:
        output = run(pixels)
        refused = self.refused(output)
        probabilities, again = looks.look_again(
            pixels,
            self.probabilities(output),
            refused,
            self.card.second_look,
            lambda views: self.probabilities(run(views)),
        )
        second = self.card.second_look
        return [
            self._prediction(answer, no_cell, second.turns if second and twice else 1)
            for answer, no_cell, twice in zip(probabilities, refused, again, strict=True)
        ]

    def judge(self, output: NDArray[np.float32]) -> Prediction:
        """The answer that an output of the session, shape (1, classes), comes to at one look."""
        return self._prediction(self.probabilities(output)[0], self.refused(output)[0], 1)

    def _prediction(
        self, probabilities: NDArray[np.float64], refused: np.bool_, count: int
    ) -> Prediction:
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        reason: Literal["doubtful", "not_a_cell"] | None = None
        if refused:
            reason = "not_a_cell"
        elif confidence < self.threshold:
            reason = "doubtful"
        return Prediction(
            label=self.labels[best],
            confidence=confidence,
            probabilities=dict(zip(self.labels, probabilities.tolist(), strict=True)),
            reason=reason,
            looks=count,
        )

    def _another(self) -> Session:
        """One more of the session that is open: the same runtime and threads."""
        return self._open(self.session.runtime, self.session.threads)

    def _open(self, runtime: str, threads: int | None) -> Session:
        session, _ = tuned.open_best(
            self.bundle.path, runtime=runtime, threads=threads, spec=self.card.input
        )
        bundles.check(self.bundle, session)
        return session

    def _stream(self, sources: Iterator[Source], workers: int, row: Answer) -> Iterator[Row]:
        from wbc_edge.pool import SessionPool
        from wbc_edge.workers import Task, Workers

        def draw() -> tuple[list[Source | Taken], bool, Exception | None]:
            """Inputs, one by one while a worker may be idle; whether they came slowly; an error."""
            began = monotonic()
            batch: list[Source | Taken] = []
            try:
                for source in islice(sources, 1 if len(pending) < workers else _BATCH):
                    batch.append(image.take(source, limits=self.limits))
            except Exception as error:  # the caller's: the rows before it must not be lost
                return batch, True, error
            return batch, monotonic() - began > _SLOW_S, None

        sessions = SessionPool(self.session, self._another, most=workers)
        pending: deque[Task[Answers]] = deque()
        threads: Workers[Answers] = Workers(workers)
        try:
            batch, slow, failure = draw()
            while batch:
                pending.append(threads.submit(partial(_rows, batch, sessions.run, row)))
                # No answer waits for a source that is slower than answers are, such as a camera.
                while pending and (
                    slow or pending[0].is_done() or len(pending) >= workers * _BATCHES_PER_WORKER
                ):
                    yield from _in_turn(*pending.popleft().result())
                if failure is None:
                    batch, slow, failure = draw()
                else:
                    batch = []
            while pending:
                yield from _in_turn(*pending.popleft().result())
            if failure is not None:
                raise failure
        finally:
            # Also on KeyboardInterrupt and on the consumer's close(): drop what has not begun.
            threads.stop()

    def _row(self, source: Source | Taken, run: Run, *, views: bool) -> Row:
        name = image.source_name(source)
        try:
            loaded, pixels = self.prepared(source)
        except InputError as error:
            return Row(path=name, error=error)
        return Row(
            path=name,
            prediction=self.answers(pixels[np.newaxis], run)[0],
            notes=loaded.notes,
            view=pixels if views else None,
        )


def _rows(sources: Iterable[Source | Taken], run: Run, row: Answer) -> Answers:
    """The rows up to an error of the caller's own, such as a source of no known type; it."""
    rows = []
    try:
        for source in sources:
            rows.append(row(source, run))
    except Exception as error:
        return rows, error
    return rows, None


def _in_turn(rows: list[Row], error: Exception | None) -> Iterator[Row]:
    """What was done before an error, then the error."""
    yield from rows
    if error is not None:
        raise error


def _of_two(
    second: NDArray[np.float64], kind: Literal["logits", "probabilities"]
) -> NDArray[np.float64]:
    """(N, 1) output for the second of two classes, as a sigmoid takes or gives it -> (N, 2)."""
    first = 1 - second if kind == "probabilities" else np.zeros_like(second)
    return np.concatenate([first, second], axis=1)
