from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.paths import INT8
from wbc_edge.classifier import Classifier
from wbc_edge.measure import throughput


class Fake:
    """Takes a known time for each image, on a clock of its own."""

    def __init__(self, now: list[float], seconds: float, *, threads: int = 1) -> None:
        self.now, self.seconds = now, seconds
        self.session = SimpleNamespace(threads=threads)
        self.workers: list[int] = []

    def classify_many(self, paths: Sequence[Path], *, workers: int) -> Iterator[Any]:
        self.workers.append(workers)
        for path in paths:
            self.now[0] += self.seconds
            unread = path.name.startswith("torn")
            yield SimpleNamespace(path=str(path), error="torn" if unread else None)


def test_images_a_second_are_found_exactly() -> None:
    now = [0.0]
    fakes: Any = {"a": Fake(now, 0.01), "b": Fake(now, 0.02, threads=3)}
    found = throughput.measure(fakes, [Path("x")] * 10, workers=4, rounds=2, clock=lambda: now[0])
    assert [(one.name, one.images, one.workers, one.rounds) for one in found] == [
        ("a", 10, 4, 2),
        ("b", 10, 1, 2),
    ]
    assert [one.rate for one in found] == pytest.approx([100, 50])
    assert fakes["a"].workers == [4] * 3


def test_what_cannot_be_read_is_no_image_a_second() -> None:
    now = [0.0]
    fakes: Any = {"a": Fake(now, 0.01)}
    paths = [Path("torn.png"), *[Path("x")] * 5]
    (found,) = throughput.measure(fakes, paths, workers=1, rounds=2, clock=lambda: now[0])
    assert (found.images, found.rate) == (5, pytest.approx(100))
    with pytest.raises(ValueError, match="a file that can be read"):
        throughput.measure(fakes, paths[:1], workers=1)


def test_a_real_folder_is_streamed(drawn_cells: Path) -> None:
    paths = sorted(drawn_cells.rglob("*.png"))[:6]
    (found,) = throughput.measure({"tiny": Classifier(INT8)}, paths, workers=2, rounds=1)
    assert found.low <= found.rate <= found.high
    assert found.rate > 0


def test_nothing_to_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file and a round"):
        throughput.measure({}, [], workers=1)
