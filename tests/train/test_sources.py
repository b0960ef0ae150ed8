from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from train import sources
from train.sources import bccd, chula, folder
from wbc_edge.errors import UsageError


@pytest.mark.parametrize(
    ("text", "reader", "path", "weight"),
    [
        ("data/pbc", "folder", "data/pbc", None),
        ("folder:data/pbc@0.8", "folder", "data/pbc", 0.8),
        ("bccd:data/bccd", "bccd", "data/bccd", None),
        ("chula:/a/b@2", "chula", "/a/b", 2.0),
        (r"C:\cells", "folder", r"C:\cells", None),
    ],
)
def test_a_source_is_read_from_text(
    text: str, reader: str, path: str, weight: float | None
) -> None:
    source = sources.parse(text)
    assert (source.reader, source.path, source.weight) == (reader, Path(path), weight)
    assert sources.parse(str(source)) == source


@pytest.mark.parametrize("text", ["nonsense:data", "data@", "data@-1", "data@many"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        sources.parse(text)


def test_a_missing_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        sources.parse(str(tmp_path / "nowhere")).read()
    with pytest.raises(UsageError, match="no labelled cell"):
        sources.parse(str(tmp_path)).read()


def _picture(path: Path, size: tuple[int, int] = (8, 8), shade: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 0, 0)).save(path)


def test_folder_takes_the_first_folder_as_label(tmp_path: Path) -> None:
    _picture(tmp_path / "monocyte" / "slide 1" / "b.png")
    _picture(tmp_path / "basophil" / "a.JPG")
    (tmp_path / "basophil" / "notes.txt").write_text("no picture")
    _picture(tmp_path / "stray.png")
    samples = folder.read(tmp_path)
    assert [(s.key, s.label) for s in samples] == [
        ("basophil/a.JPG", "basophil"),
        ("monocyte/slide 1/b.png", "monocyte"),
    ]


def test_chula_groups_by_slide(tmp_path: Path) -> None:
    _picture(tmp_path / "crops" / "basophil" / "x_1.webp")
    (tmp_path / "index.csv").write_text("file,class,group\nbasophil/x_1.png,basophil,B-30\n")
    (sample,) = chula.read(tmp_path)
    assert (sample.label, sample.group) == ("basophil", "B-30")


_ANNOTATION = """<annotation><size><width>64</width><height>48</height></size>{}</annotation>"""
_OBJECT = """<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>
<ymax>{}</ymax></bndbox></object>"""


def test_bccd_cuts_the_one_white_cell_and_leaves_doubtful_fields_out(tmp_path: Path) -> None:
    white, red = _OBJECT.format("WBC", 50, 2, 62, 12), _OBJECT.format("RBC", 1, 1, 9, 9)
    fields = {0: white + red, 1: white + white, 2: red, 3: white}
    (tmp_path / "Annotations").mkdir()
    for number, objects in fields.items():
        _picture(tmp_path / "JPEGImages" / f"BloodImage_{number:05d}.jpg", (64, 48))
        path = tmp_path / "Annotations" / f"BloodImage_{number:05d}.xml"
        path.write_text(_ANNOTATION.format(objects))
    rows = ["0,NEUTROPHIL", "1,MONOCYTE", "2,MONOCYTE", '3,"NEUTROPHIL, EOSINOPHIL"']
    table = "\n".join([",Image,Category", *(f",{row}" for row in rows)])
    (tmp_path / "labels.csv").write_text(table + "\n")

    (sample,) = bccd.read(tmp_path)

    assert (sample.label, sample.group) == ("neutrophil", "BloodImage_00000")
    # Twice the longer side of the box, moved left and down to lie within the field.
    assert sample.region == (40, 0, 64, 24)
    assert sample.pixels().shape == (24, 24, 3)
    assert sample.pixels().dtype == np.uint8


def test_the_real_sets_are_read(shared_data: Path) -> None:
    assert len(folder.read(shared_data / "pbc")) == 15358
    assert len(chula.read(shared_data / "chula")) == 511
    assert len(bccd.read(shared_data / "bccd")) == 341
