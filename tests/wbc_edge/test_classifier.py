from __future__ import annotations

import _thread
import contextlib
import gzip
import io
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import PIL.Image
import PIL.ImageSequence
import pytest
from numpy.typing import NDArray

from wbc_edge import Classifier, Limits, image, synthetic
from wbc_edge import bundle as bundles
from wbc_edge.card import OutputSpec, SecondLook
from wbc_edge.classifier import SEVERAL, Prediction
from wbc_edge.errors import InputError, ModelError, RuntimeUnavailable, UsageError
from wbc_edge.logits import energy

from .conftest import Threads


@pytest.fixture
def classifier(tiny_int8: Path) -> Classifier:
    try:
        return Classifier(tiny_int8)
    except RuntimeUnavailable as error:
        pytest.skip(str(error))


def colours(count: int) -> list[NDArray[np.uint8]]:
    random = np.random.default_rng(5)
    return [np.full((24, 30, 3), random.integers(0, 256, 3), np.uint8) for _ in range(count)]


def test_an_answer_is_the_best_of_the_probabilities(classifier: Classifier) -> None:
    answer = classifier.classify(colours(1)[0])
    assert tuple(answer.probabilities) == classifier.labels
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.confidence == max(answer.probabilities.values())
    assert answer.probabilities[answer.label] == answer.confidence
    assert not answer.abstained


def test_different_pictures_get_different_answers(classifier: Classifier) -> None:
    assert len({classifier.classify(picture).label for picture in colours(40)}) > 3


def test_every_kind_of_source_gets_the_same_answer(
    classifier: Classifier, cell: NDArray[np.uint8], encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    path = tmp_path / "cell.png"
    path.write_bytes(encoded(cell))
    expected = classifier.classify(path)
    with path.open("rb") as stream:
        for source in (str(path), path.read_bytes(), stream, cell, PIL.Image.fromarray(cell)):
            assert classifier.classify(source) == expected


def test_the_answer_is_the_models_on_prepared_pixels(
    classifier: Classifier, cell: NDArray[np.uint8]
) -> None:
    pixels = image.prepare(cell, classifier.card.input)
    logits = classifier.session.run(pixels[np.newaxis])[0].astype(float)
    softmax = np.exp(logits) / np.exp(logits).sum()
    assert np.allclose(list(classifier.classify(cell).probabilities.values()), softmax)
    assert np.allclose(classifier.predict(pixels[np.newaxis])[0], softmax)


def test_a_temperature_softens_and_the_best_stays(
    tiny_int8: Path, classifier: Classifier, cell: NDArray[np.uint8]
) -> None:
    card = replace(classifier.card, temperature=2.0)
    soft = Classifier(bundles.open_bundle(tiny_int8, card=card)).classify(cell)
    plain = classifier.classify(cell)
    ratio = np.log(list(plain.probabilities.values())) / 2
    assert np.allclose(list(soft.probabilities.values()), np.exp(ratio) / np.exp(ratio).sum())
    assert soft.label == plain.label


def test_an_output_of_probabilities_is_taken_as_such(tiny_int8: Path) -> None:
    opened = bundles.open_bundle(tiny_int8)
    card = replace(opened.card, output=OutputSpec(kind="probabilities"))
    classifier = Classifier(replace(opened, card=card))
    stored = np.array([[0.5, 0.25, 0.25, 0, 0, 0, 0, 0]], np.float32)
    classifier.session.run = lambda _: stored  # type: ignore[method-assign]
    assert np.allclose(classifier.predict(np.zeros((1, 32, 32, 3), np.uint8)), stored)


def test_it_abstains_below_the_threshold_and_still_names_the_nearest(
    tiny_int8: Path, cell: NDArray[np.uint8]
) -> None:
    sure = Classifier(tiny_int8, threshold=0).classify(cell)
    unsure = Classifier(tiny_int8, threshold=1).classify(cell)
    assert (sure.abstained, unsure.abstained) == (False, True)
    assert (sure.reason, unsure.reason) == (None, "doubtful")
    assert unsure.label == sure.label


def test_the_cards_threshold_holds_where_none_is_given(
    tiny_int8: Path, cell: NDArray[np.uint8]
) -> None:
    opened = bundles.open_bundle(tiny_int8)
    strict = replace(opened, card=replace(opened.card, threshold=1.0))
    assert Classifier(strict).classify(cell).abstained
    assert not Classifier(strict, threshold=0).classify(cell).abstained


def test_a_threshold_that_is_no_probability_is_a_usage_error(tiny_int8: Path) -> None:
    for threshold in (50, float("nan"), "0.5"):
        with pytest.raises(UsageError, match=f"between 0 and 1, not {threshold!r}"):
            Classifier(tiny_int8, threshold=threshold)  # type: ignore[arg-type]


class _Sides:
    """A session whose output is a row of the view's first pixel; counts its runs."""

    def __init__(self, classifier: Classifier) -> None:
        self.runs = 0
        classifier.session.run = self.run  # type: ignore[method-assign]

    def run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.runs += len(pixels)
        output = np.zeros((len(pixels), 8), np.float32)
        output[:, :3] = pixels[:, 0, 0].astype(np.float32) / 64
        return output


def _looking_twice(tiny_int8: Path, **changes: object) -> Classifier:
    opened = bundles.open_bundle(tiny_int8)
    card = replace(opened.card, **{"second_look": SecondLook(turns=8, below=0.5), **changes})  # type: ignore[arg-type]
    return Classifier(replace(opened, card=card))


def test_a_doubtful_cell_is_answered_by_the_mean_over_its_turns(
    tiny_int8: Path, cell: NDArray[np.uint8]
) -> None:
    classifier = _looking_twice(tiny_int8)
    sides = _Sides(classifier)
    pixels = image.prepare(cell, classifier.card.input)
    looks = np.stack([classifier.predict(laid[np.newaxis])[0] for laid in _laid(pixels)])
    powers = np.exp(np.log(looks).mean(axis=0))
    sides.runs = 0
    answer = classifier.classify(cell)
    assert looks[0].max() < 0.5
    assert (answer.looks, sides.runs) == (8, 8)
    assert list(answer.probabilities.values()) == pytest.approx((powers / powers.sum()).tolist())
    (row,) = classifier.classify_many([cell], workers=1)
    assert row.prediction == answer


def _laid(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for quarter in range(4):
        yield np.rot90(pixels, quarter)
        yield np.fliplr(np.rot90(pixels, quarter))


def test_what_is_sure_or_no_cell_at_the_first_look_gets_no_second(
    tiny_int8: Path, cell: NDArray[np.uint8]
) -> None:
    for changes in ({"second_look": SecondLook(turns=8, below=0.0)}, {"outlier": 1e6}):
        classifier = _looking_twice(tiny_int8, **changes)
        sides = _Sides(classifier)
        assert classifier.classify(cell).looks == sides.runs == 1


def test_many_pixels_at_once_get_the_answers_of_each_alone(tiny_int8: Path) -> None:
    classifier = _looking_twice(tiny_int8)
    _Sides(classifier)
    height, width = classifier.card.input.height, classifier.card.input.width
    views = np.random.default_rng(2).integers(0, 256, (40, height, width, 3), dtype=np.uint8)
    together = classifier.answers(views)
    assert together == [classifier.answers(view[np.newaxis])[0] for view in views]
    assert {answer.looks for answer in together} == {1, 8}


FIVE = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")


@pytest.fixture
def judging(tiny_int8: Path) -> bundles.Bundle:
    """The tiny model with a five-part preset, taking every picture for an outlier."""
    opened = bundles.open_bundle(tiny_int8)
    return replace(
        opened, card=replace(opened.card, outlier=1e6, presets={"five-part": FIVE}, threshold=1.0)
    )


def test_chosen_classes_share_the_answer_by_their_own_logits(
    classifier: Classifier, tiny_int8: Path, cell: NDArray[np.uint8]
) -> None:
    whole = classifier.classify(cell).probabilities
    chosen = Classifier(tiny_int8, classes=("neutrophil", "basophil", "ig"))
    assert chosen.labels == ("basophil", "ig", "neutrophil")
    answer = chosen.classify(cell)
    total = sum(whole[label] for label in chosen.labels)
    assert answer.probabilities == pytest.approx({k: whole[k] / total for k in chosen.labels})
    assert answer.label == max(answer.probabilities, key=answer.probabilities.__getitem__)
    prepared = image.prepare(cell, chosen.card.input)[np.newaxis]
    assert np.allclose(chosen.predict(prepared)[0], list(answer.probabilities.values()))


def test_classes_are_chosen_by_preset_and_name(judging: bundles.Bundle) -> None:
    assert Classifier(judging, classes="five-part").labels == FIVE
    assert set(Classifier(judging, classes=["five-part", "ig"]).labels) == {*FIVE, "ig"}
    assert Classifier(judging, classes="ig, basophil").labels == ("basophil", "ig")


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ("heterophil,ig", "no class or preset 'heterophil'.* knows basophil.* presets five-part"),
        ("", "no class or preset ''"),
        ("ig", "two classes or more"),
        ((), "two classes or more"),
    ],
)
def test_a_choice_that_is_none_is_a_usage_error(
    judging: bundles.Bundle, classes: str | tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        Classifier(judging, classes=classes)


def test_what_is_unlike_any_cell_is_no_cell_whatever_is_chosen(
    judging: bundles.Bundle, cell: NDArray[np.uint8]
) -> None:
    for asked in ({}, {"classes": "five-part"}, {"threshold": 0.0}):
        assert Classifier(judging, **asked).classify(cell).reason == "not_a_cell"  # type: ignore[arg-type]
    assert Classifier(judging, any_image=True).classify(cell).reason == "doubtful"
    assert Classifier(judging, any_image=True, threshold=0).classify(cell).reason is None


def test_the_energy_is_that_of_all_logits_as_the_file_gives_them(
    judging: bundles.Bundle, cell: NDArray[np.uint8]
) -> None:
    classifier = Classifier(judging)
    pixels = image.prepare(cell, classifier.card.input)
    logits = classifier.session.run(pixels[np.newaxis])
    (found,) = energy(logits)
    assert found == pytest.approx(np.log(np.exp(logits[0].astype(float)).sum()))
    for limit, reason in ((found - 0.01, None), (found + 0.01, "not_a_cell")):
        card = replace(judging.card, outlier=float(limit), temperature=3.0, threshold=0)
        answer = Classifier(replace(judging, card=card), classes="five-part").classify(cell)
        assert answer.reason == reason


def test_the_energy_of_great_logits_is_finite() -> None:
    assert np.allclose(energy(np.array([[1000.0, 1000.0], [-1000.0, 0.0]])), [1000 + np.log(2), 0])


def test_a_bad_picture_raises_an_input_error(classifier: Classifier, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        classifier.classify(tmp_path / "gone.png")
    assert caught.value.code == "not_found"
    with pytest.raises(InputError, match="an empty name is no file"):
        classifier.classify("")


def test_limits_are_those_given(tiny_int8: Path, cell: NDArray[np.uint8]) -> None:
    with pytest.raises(InputError) as caught:
        Classifier(tiny_int8, limits=Limits(max_pixels=10)).classify(cell)
    assert caught.value.code == "too_many_pixels"


# ---- the stream ------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 5, None])
def test_a_stream_answers_in_order_as_one_by_one(
    classifier: Classifier, workers: int | None
) -> None:
    pictures = colours(60)
    rows = list(classifier.classify_many(pictures, workers=workers))
    assert [row.prediction for row in rows] == [classifier.classify(p) for p in pictures]


def test_by_default_no_more_workers_than_cores_that_may_be_used(
    classifier: Classifier, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0}, raising=False)
    list(classifier.classify_many(colours(20)))
    assert threads.begun == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_a_bad_input_is_a_row_in_its_place(
    classifier: Classifier, encoded: Callable[..., bytes], tmp_path: Path, workers: int
) -> None:
    good = tmp_path / "good.png"
    good.write_bytes(encoded(colours(1)[0]))
    rows = list(classifier.classify_many([good, b"text", good, tmp_path / "x"], workers=workers))
    assert [row.error.code if row.error else None for row in rows] == [
        None,
        "not_an_image",
        None,
        "not_found",
    ]
    assert [row.path for row in rows] == [str(good), "<bytes>", str(good), str(tmp_path / "x")]


def test_what_its_owner_goes_on_with_is_answered_as_it_was_drawn(
    classifier: Classifier, encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    pictures = colours(24)
    wanted = [classifier.classify(picture) for picture in pictures]

    def camera() -> Iterator[NDArray[np.uint8]]:
        frame = np.empty_like(pictures[0])
        for picture in pictures:
            frame[:] = picture
            yield frame

    def opened() -> Iterator[BinaryIO]:
        for picture in pictures:
            with io.BytesIO(encoded(picture)) as stream:
                yield stream

    first, *others = map(PIL.Image.fromarray, pictures)
    first.save(tmp_path / "stack.tif", save_all=True, append_images=others)
    with PIL.Image.open(tmp_path / "stack.tif") as stack:
        for sources in (camera(), opened(), PIL.ImageSequence.Iterator(stack)):
            rows = classifier.classify_many(sources, workers=3)
            assert [row.prediction for row in rows] == wanted


def test_a_broken_member_of_an_archive_is_a_row(
    classifier: Classifier, encoded: Callable[..., bytes]
) -> None:
    whole = gzip.compress(encoded(colours(1)[0]))
    with contextlib.ExitStack() as stack:
        members = [
            stack.enter_context(gzip.open(io.BytesIO(data))) for data in (whole, whole[:-40], whole)
        ]
        rows = list(classifier.classify_many(members, workers=2))
    assert [row.error is None for row in rows] == [True, False, True]
    assert "cannot be read (Compressed file ended" in str(rows[1].error)


def test_of_equal_classes_the_answer_is_the_same_in_any_order() -> None:
    equal = {"basophil": 0.4, "ig": 0.2, "monocyte": 0.4}
    answer = Prediction(label="basophil", confidence=0.4, probabilities=equal)
    for labels in (("basophil", "ig", "monocyte"), ("monocyte", "ig", "basophil")):
        values = answer.ordered(labels)
        assert values == pytest.approx([equal[label] for label in labels])
        assert labels[int(np.argmax(values))] == "basophil"
    clear = Prediction(label="ig", confidence=0.6, probabilities={"ig": 0.6, "monocyte": 0.4})
    assert clear.ordered(("monocyte", "ig")) == [0.4, 0.6]


def test_rows_have_every_key_and_notes(
    classifier: Classifier, encoded: Callable[..., bytes], cell: NDArray[np.uint8]
) -> None:
    animated = encoded(cell, "PNG", save_all=True, append_images=[PIL.Image.fromarray(255 - cell)])
    good, bad = (row.to_dict() for row in classifier.classify_many([animated, b""]))
    told = ["path", "label", "confidence", "probabilities", "abstained", "reason", "looks"]
    assert list(good) == list(bad) == [*told, "error", "notes"]
    assert (good["looks"], bad["looks"]) == (1, None)
    assert good["error"] is None
    assert good["notes"] == ["first of 2 frames"]
    assert bad["error"] == {"code": "empty", "message": "the file is empty"}
    assert bad["label"] is bad["confidence"] is bad["probabilities"] is bad["abstained"] is None


def test_a_field_of_cells_is_noted_and_a_cell_is_not() -> None:
    field, places = synthetic.draw_smear(("neutrophil", "monocyte", "lymphocyte"), seed=3, size=640)
    assert len(places) == 3
    cells = [synthetic.draw(label, seed=seed) for label in synthetic.LABELS for seed in range(3)]
    rows = Classifier("nano").classify_many([field, *cells])
    assert [row.notes for row in rows] == [(SEVERAL,), *((),) * len(cells)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stream_is_drawn_from_no_further_than_a_window(
    classifier: Classifier, workers: int
) -> None:
    drawn = 0

    def endless() -> Iterator[NDArray[np.uint8]]:
        nonlocal drawn
        picture = colours(1)[0]
        while True:
            drawn += 1
            yield picture

    rows = classifier.classify_many(endless(), workers=workers)
    for _ in range(100):
        next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert 100 <= drawn <= 100 + 8 * workers + 1


def test_a_slow_source_is_answered_before_it_is_asked_again(classifier: Classifier) -> None:
    answered = 0

    def camera() -> Iterator[NDArray[np.uint8]]:
        for number, picture in enumerate(colours(4)):
            assert answered == number, "an answer was held back until the next picture came"
            time.sleep(0.06)
            yield picture

    for _ in classifier.classify_many(camera(), workers=2):
        answered += 1
    assert answered == 4


def test_an_output_that_is_no_number_is_no_answer(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = np.full((1, len(classifier.labels)), np.nan, np.float32)
    monkeypatch.setattr(classifier.session, "run", lambda _: output)
    with pytest.raises(ModelError, match="not a finite number") as raised:
        classifier.classify(colours(1)[0])
    assert raised.value.code == "output_not_finite"


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 12])
def test_rows_before_a_source_that_fails_are_given_first(
    classifier: Classifier, workers: int, count: int
) -> None:
    def failing() -> Iterator[NDArray[np.uint8]]:
        yield from colours(count)
        raise RuntimeError("the camera was unplugged")

    rows = classifier.classify_many(failing(), workers=workers)
    assert len([next(rows) for _ in range(count)]) == count
    with pytest.raises(RuntimeError, match="unplugged"):
        next(rows)


def test_threads_that_share_a_classifier_get_the_answers_to_their_own_pictures(
    classifier: Classifier,
) -> None:
    pictures = colours(16)
    alone = [classifier.classify(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert list(pool.map(classifier.classify, pictures)) == alone


def test_a_picture_beyond_memory_is_a_row(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(image, "prepare_around", exhausted)
    (row,) = classifier.classify_many(colours(1))
    assert row.error is not None
    assert row.error.code == "too_many_pixels"


@pytest.mark.parametrize("count", [0, 1_000_000])
def test_threads_and_workers_have_bounds(
    tiny_int8: Path, classifier: Classifier, count: int
) -> None:
    with pytest.raises(UsageError, match="between 1 and 128"):
        next(classifier.classify_many(colours(2), workers=count))
    if count:
        with pytest.raises(UsageError, match="between 1 and 128"):
            Classifier(tiny_int8, threads=count)


def test_memory_stays_flat(classifier: Classifier) -> None:
    picture = np.full((200, 200, 3), 90, np.uint8)

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in classifier.classify_many((picture.copy() for _ in range(count)), workers=2):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(50)
    assert peak(600) < 1.5 * peak(60) + 500_000


@pytest.mark.parametrize("most", [0, 1])
def test_where_no_thread_is_to_be_had_the_answers_still_come(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    start, begun = _thread.start_new_thread, []

    def limited(function: Callable[[], object], arguments: tuple[()]) -> int:
        if len(begun) >= most:
            raise RuntimeError("can't start new thread")
        begun.append(function)
        return start(function, arguments)

    monkeypatch.setattr(_thread, "start_new_thread", limited)
    rows = list(classifier.classify_many(colours(30), workers=4))
    assert len(begun) == most
    assert [row.prediction for row in rows] == [
        classifier.classify(picture) for picture in colours(30)
    ]


def test_an_abandoned_stream_leaves_no_threads(classifier: Classifier, threads: Threads) -> None:
    rows = classifier.classify_many(colours(50), workers=3)
    assert len(list(islice(rows, 5))) == 5
    assert threads.begun
    rows.close()  # type: ignore[attr-defined]
    assert threads.have_ended()


@pytest.mark.parametrize("workers", [1, 3])
def test_an_interruption_comes_through_and_leaves_no_threads(
    classifier: Classifier, threads: Threads, workers: int
) -> None:
    def interrupted() -> Iterator[NDArray[np.uint8]]:
        yield from colours(20)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(classifier.classify_many(interrupted(), workers=workers))
    assert threads.begun == (workers if workers > 1 else 0)
    assert threads.have_ended()


def test_a_source_of_no_known_type_ends_the_stream_after_the_rows_before_it(
    classifier: Classifier,
) -> None:
    rows = classifier.classify_many([*colours(30), 7], workers=2)  # type: ignore[list-item]
    assert len([next(rows) for _ in range(30)]) == 30
    with pytest.raises(TypeError):
        next(rows)


def test_what_is_wrong_with_the_model_is_not_blamed_on_an_input(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> NDArray[np.float32]:
        raise ModelError("broken")

    monkeypatch.setattr(classifier.session, "run", broken)
    with pytest.raises(ModelError, match="broken"):
        list(classifier.classify_many(colours(8), workers=2))


def test_nothing_gives_nothing(classifier: Classifier) -> None:
    assert list(classifier.classify_many([])) == []


def test_real_cells_are_answered(classifier: Classifier, shared_data: Path) -> None:
    files = sorted(shared_data.glob("pbc_jpeg/*/*.jpg"))[::20]
    rows = list(classifier.classify_many(files, workers=2))
    assert [row.path for row in rows] == [str(path) for path in files]
    assert all(row.prediction for row in rows)


@pytest.mark.parametrize("one", ["cell.png", Path("cell.png"), b"bytes", np.zeros((4, 4, 3))])
def test_a_single_picture_is_no_stream_of_them(classifier: Classifier, one: Any) -> None:
    with pytest.raises(TypeError, match="takes several pictures"):
        classifier.classify_many(one)


@pytest.mark.parametrize("threads", [0, 1.5])
def test_threads_that_cannot_be_are_refused(tiny_int8: Path, threads: Any) -> None:
    with pytest.raises(UsageError, match="threads must be between 1"):
        Classifier(tiny_int8, threads=threads)


@pytest.mark.parametrize("limits", [{"max_bytes": -1}, {"max_pixels": 0}, {"max_pixels": "5"}])
def test_limits_are_numbers_from_1(limits: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="must be a whole number from 1"):
        Limits(**limits)


def test_limits_are_of_their_kind(tiny_int8: Path) -> None:
    with pytest.raises(UsageError, match=r"limits must be wbc_edge\.Limits, not 5"):
        Classifier(tiny_int8, limits=5)  # type: ignore[arg-type]


def test_a_nucleus_is_looked_for_once_also_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sought: list[PIL.Image.Image] = []

    def find(picture: PIL.Image.Image) -> None:
        sought.append(picture)

    monkeypatch.setattr("wbc_edge.framing.find_nucleus", find)
    try:
        blank = Classifier("nano").classify(np.full((90, 90, 3), 230, np.uint8))
    except RuntimeUnavailable as error:
        pytest.skip(str(error))
    assert blank.reason == "not_a_cell"
    assert len(sought) == 1
