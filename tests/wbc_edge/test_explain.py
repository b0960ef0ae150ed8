from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from wbc_edge import Classifier, Limits, image, synthetic
from wbc_edge.card import SecondLook
from wbc_edge.errors import RuntimeUnavailable, UsageError
from wbc_edge.explain import draw, explained, heat_map


@pytest.fixture
def quick(tiny_int8: Path) -> Classifier:
    try:
        return Classifier(tiny_int8, limits=Limits(max_pixels=10_000))
    except RuntimeUnavailable as error:
        pytest.skip(str(error))


class Spot:
    """Stands in for a classifier whose answer rests on one dark spot alone."""

    labels = ("plain", "spot")

    def predict(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        darkness = (255 - pixels[:, 8:14, 26:32].astype(float)).mean(axis=(1, 2, 3)) / 255
        sure = 0.5 + 0.499 * darkness
        return np.stack([1 - sure, sure], axis=1)


def test_the_heat_lies_where_the_answer_comes_from() -> None:
    pixels = np.full((40, 40, 3), 250, np.uint8)
    pixels[6:16, 24:34] = 10  # what the answer rests on
    pixels[26:36, 6:16] = 10  # what it does not look at
    heat = heat_map(Spot(), pixels, "spot")  # type: ignore[arg-type]
    assert heat.shape == (40, 40)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert 8 <= row < 14
    assert 26 <= column < 32
    assert heat[26:36, 6:16].max() < 0.05 * heat.max()


def test_the_heat_is_that_of_the_answer_and_not_of_the_likeliest_class() -> None:
    pixels = np.full((40, 40, 3), 250, np.uint8)
    pixels[6:16, 24:34] = 10
    spot, plain = (heat_map(Spot(), pixels, label) for label in ("spot", "plain"))  # type: ignore[arg-type]
    assert spot.max() > 1
    assert plain.max() < 0.01


def test_the_heat_of_several_looks_lies_where_each_of_them_looked() -> None:
    pixels = np.full((40, 40, 3), 250, np.uint8)
    pixels[6:16, 24:34] = 10  # decisive as it lies
    pixels[6:16, 6:16] = 10  # decisive when mirrored
    both = SecondLook(turns=2, below=1.0)
    once, twice = (heat_map(Spot(), pixels, "spot", second=second) for second in (None, both))  # type: ignore[arg-type]
    assert once[8:14, 8:14].max() < 0.05 * once.max()
    assert twice[8:14, 8:14].max() == pytest.approx(twice[8:14, 26:32].max(), rel=0.05)


def test_the_heat_of_looks_from_nearer_lies_where_those_looked() -> None:
    pixels = np.full((40, 40, 3), 250, np.uint8)
    pixels[6:16, 24:34] = 10  # decisive as it lies
    pixels[14:17, 14:17] = 10  # decisive when mirrored and enlarged
    plain, nearer = (
        heat_map(Spot(), pixels, "spot", second=SecondLook(turns=2, below=1.0, scales=scales))  # type: ignore[arg-type]
        for scales in ((1.0,), (1.0, 0.5))
    )
    assert nearer[14:17, 14:17].max() > 3 * plain[14:17, 14:17].max()


def test_a_sure_answer_has_heat_all_the_same() -> None:
    pixels = np.full((40, 40, 3), 250, np.uint8)
    pixels[6:16, 24:34] = 0
    heat = heat_map(Spot(), pixels, "spot")  # type: ignore[arg-type]
    assert heat.max() > 1


def test_nucleus_and_cytoplasm_light_up_and_not_the_corners(edge: Classifier) -> None:
    total = np.zeros((edge.card.input.height, edge.card.input.width))
    for label in synthetic.LABELS:
        pixels = image.prepare(synthetic.draw(label, size=180), edge.card.input)
        (answer,) = edge.answers(pixels[np.newaxis])
        total += np.maximum(heat_map(edge, pixels, answer.label), 0)
    third = np.array_split(np.arange(len(total)), 3)
    centre = total[np.ix_(third[1], third[1])].mean()
    corners = np.mean([total[np.ix_(a, b)].mean() for a in third[::2] for b in third[::2]])
    assert centre > 5 * corners


def test_the_picture_shows_the_view_and_the_heat_beside_each_other(quick: Classifier) -> None:
    cell = PIL.Image.new("RGB", (60, 60), (200, 120, 200))
    heat = np.zeros((32, 32))
    drawn = np.asarray(draw(cell, heat, quick)).astype(int)
    assert drawn.shape == (320, 648, 3)
    assert (drawn[:, :320] == (200, 120, 200)).all()
    assert np.ptp(drawn[:, 328:], axis=(0, 1)).max() == 0
    heat[8, 8] = 3.0
    warm = np.asarray(draw(cell, heat, quick)).astype(int)[:, 328:]
    row, column = np.unravel_index((warm - drawn[:, 328:]).sum(axis=2).argmax(), (320, 320))
    assert (row // 10, column // 10) == (8, 8)


def test_rows_are_those_of_the_stream_and_each_answer_has_a_picture(
    quick: Classifier, cell: NDArray[np.uint8], encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    paths = [tmp_path / "a.png", tmp_path / "b" / "a.jpg", tmp_path / "a-2.png", tmp_path / "gone"]
    for path in paths[:3]:
        path.write_bytes(encoded(cell, "JPEG" if path.suffix == ".jpg" else "PNG"))
    large = np.zeros((200, 200, 3), np.uint8)
    sources = [*map(str, paths), encoded(cell), large]
    rows = list(explained(quick, sources, str(tmp_path / "new" / "heat")))
    plain = list(quick.classify_many(sources))
    assert [{**row.to_dict(), "notes": []} for row in rows] == [row.to_dict() for row in plain]
    assert [row.error.code for row in rows if row.error] == ["not_found", "too_many_pixels"]
    written = sorted(path.name for path in (tmp_path / "new" / "heat").iterdir())
    assert written == ["<bytes>.heat.png", "a-2-2.heat.png", "a-2.heat.png", "a.heat.png"]
    told = [note for row in rows for note in row.notes]
    assert told == [f"heat map: {written[place]}" for place in (3, 2, 1, 0)]


def test_a_folder_that_cannot_be_made_is_a_usage_error(quick: Classifier, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file is a file; name a folder"):
        explained(quick, [], str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot make the folder"):
        explained(quick, [], str(tmp_path / "file" / "deeper"))


def test_a_heat_map_replaces_nothing_and_goes_through_no_link(
    quick: Classifier, cell: NDArray[np.uint8], encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(encoded(cell))
    (tmp_path / "a.heat.png").symlink_to(tmp_path / "elsewhere")
    (row,) = explained(quick, [str(tmp_path / "a.png")], str(tmp_path))
    assert row.notes == ("heat map: a-2.heat.png",)
    assert not (tmp_path / "elsewhere").exists()
