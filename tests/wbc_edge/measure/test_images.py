"""Which files of a labelled set the times are taken on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from wbc_edge import synthetic
from wbc_edge.errors import InputError
from wbc_edge.measure import images
from wbc_edge.measure.dataset import read


def write(path: Path, shade: int) -> bytes:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (16, 16), (shade, 0, 0)).save(path, "PNG")
    return path.read_bytes()


def test_a_table_beside_each_picture_is_passed_over(tmp_path: Path) -> None:
    cells = [write(tmp_path / "monocyte" / f"{number}.png", number) for number in range(8)]
    for number in range(8):
        (tmp_path / "monocyte" / f"{number}.txt").write_text("stain: May-Grunwald")
    assert images.of_dataset(read(tmp_path, synthetic.LABELS)) == cells


def test_a_damaged_file_gives_way_to_its_neighbour(tmp_path: Path) -> None:
    cells = {n: write(tmp_path / "ig" / f"{n}.png", n) for n in range(24)}
    for middle in range(1, 24, 3):
        (tmp_path / "ig" / f"{middle}.png").write_bytes(b"torn")
    found = images.of_dataset(read(tmp_path, synthetic.LABELS))
    assert found == [cells[number] for number in range(2, 24, 3)]


def test_pictures_by_any_other_name_are_found_where_there_is_no_other(tmp_path: Path) -> None:
    cell = write(tmp_path / "platelet" / "cell", 1)
    assert images.of_dataset(read(tmp_path, synthetic.LABELS)) == [cell]


def test_a_set_without_a_readable_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ig").mkdir()
    (tmp_path / "ig" / "torn.png").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"no image in .*; .*torn.png: is not a picture"):
        images.of_dataset(read(tmp_path, synthetic.LABELS))
