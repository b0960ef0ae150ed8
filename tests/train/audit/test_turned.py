from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from train.audit import turned
from train.audit.cell import measure
from train.sources import folder
from train.sources.sample import Sample
from wbc_edge import synthetic


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six drawn cells, and of the first a mirrored, turned and shifted copy in a black frame."""
    root = tmp_path_factory.mktemp("fields")
    (root / "neutrophil").mkdir()
    for seed in range(6):
        picture = Image.fromarray(synthetic.draw("neutrophil", seed=seed, size=200))
        picture.save(root / "neutrophil" / f"{seed}.png")
        if seed == 0:
            copy = ImageOps.mirror(picture).rotate(20, Image.Resampling.BICUBIC, translate=(9, 4))
            copy.save(root / "neutrophil" / "copy.png")
    return root


def test_a_turned_mirrored_shifted_copy_is_found_and_no_other_cell_taken_for_one(
    fields: Path,
) -> None:
    cells = [measure(sample, "drawn") for sample in folder.read(fields)]
    pairs = turned.pairs(cells, least_colour=0.9)
    assert [sorted((p.a.sample.path.stem, p.b.sample.path.stem)) for p in pairs] == [["0", "copy"]]
    assert pairs[0].reason.endswith("key points in common")


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), "white").save(tmp_path / "blank.png")
    blank = measure(
        Sample(key="blank", path=tmp_path / "blank.png", label="x", group="blank"), "drawn"
    )
    assert turned.pairs([]) == turned.pairs([blank]) == turned.pairs([blank, blank]) == []


def test_pictures_thinner_than_a_pixel_of_the_smaller_ones_are_taken_too(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    for name in "ab":
        Image.new("RGB", (2000, 3), "white").save(tmp_path / "x" / f"{name}.png")
    cells = [measure(sample, "drawn") for sample in folder.read(tmp_path)]
    assert turned.pairs(cells) == []
