from __future__ import annotations

import dataclasses
import os
import re
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from train import sources
from train.sources import (
    attributes,
    bccd,
    chula,
    fields,
    folder,
    groups,
    kaggle,
    originals,
    pbc,
    wbcatt,
)
from train.sources.catalogue import CATALOGUE
from train.sources.sample import Sample
from wbc_edge.errors import InputError, UsageError


@pytest.mark.parametrize(
    ("text", "reader", "path", "weight"),
    [
        ("data/pbc", "folder", "data/pbc", None),
        ("folder:data/pbc@0.8", "folder", "data/pbc", 0.8),
        ("bccd:data/bccd", "bccd", "data/bccd", None),
        ("chula:/a/b@2", "chula", "/a/b", 2.0),
        (r"C:\cells", "folder", r"C:\cells", None),
        ("pbc:data/pbc@0.5", "pbc", "data/pbc", 0.5),
        ("pbc:data/pbc@0.12345678901", "pbc", "data/pbc", 0.12345678901),
        ("kaggle:blood, cells", "kaggle", "blood, cells", None),
    ],
)
def test_a_source_is_read_from_text(
    text: str, reader: str, path: str, weight: float | None
) -> None:
    source = sources.parse(text)
    assert (source.reader, source.path, source.weight) == (reader, Path(path), weight)
    assert sources.parse(str(source)) == source


def test_a_weight_is_written_as_short_as_it_can_be() -> None:
    for weight in ("0.76", "2", "0.12345678901"):
        assert str(sources.parse(f"folder:cells@{weight}")) == f"folder:cells@{weight}"


def test_options_are_read_from_text_and_written_back() -> None:
    source = sources.parse("bccd:a,b,classes=basophil+monocyte,without=t.csv,groups=g.csv@0.1")
    assert (source.path, source.weight) == (Path("a,b"), 0.1)
    assert source.classes == ("basophil", "monocyte")
    assert (source.without, source.groups) == (Path("t.csv"), Path("g.csv"))
    assert sources.parse(str(source)) == source


def test_the_reader_is_told_from_the_folder(tmp_path: Path) -> None:
    for reader, signs in sources.SIGNS.items():
        for sign in signs:
            (tmp_path / reader / sign).mkdir(parents=True)
        assert sources.parse(str(tmp_path / reader)).reader == reader
        assert sources.parse(f"folder:{tmp_path / reader}").reader == "folder"


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


def test_parts_of_a_split_are_not_taken_for_classes(tmp_path: Path) -> None:
    for part, count in (("Train", 3), ("test", 1)):
        for number in range(count):
            _picture(tmp_path / part / "monocyte" / f"{number}.png")
    said = (
        rf"Train, test are the parts of a split, not classes; name one .* such as {tmp_path}/Train"
    )
    with pytest.raises(UsageError, match=said):
        sources.parse(str(tmp_path)).read()
    assert {sample.label for sample in folder.read(tmp_path / "Train")} == {"monocyte"}
    # Classes may be called anything.
    _picture(tmp_path / "classes" / "test" / "a.png")
    assert {sample.label for sample in folder.read(tmp_path / "classes")} == {"test"}


def test_the_reader_goes_by_how_names_are_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
    monkeypatch.setattr(Path, "exists", lambda _: True)  # as where case does not count
    assert sources.parse(str(tmp_path)).reader == "folder"


def test_what_lies_in_a_folder_and_is_no_cell_is_told(tmp_path: Path) -> None:
    _picture(tmp_path / "basophil" / "a.png")
    _picture(tmp_path / "stray.png")
    (tmp_path / "basophil" / "b.GIF").touch()
    (tmp_path / "manifest.csv").touch()
    source = sources.parse(str(tmp_path))
    assert [(item.key, item.reason) for item in source.left_out()] == [
        ("basophil/b.GIF", "a format that is not read: .GIF"),
        ("stray.png", "no class: it lies beside the folders"),
    ]


def test_a_class_without_a_picture_is_told(tmp_path: Path) -> None:
    _picture(tmp_path / "basophil" / "a.png")
    _picture(tmp_path / "monocyte" / "slide 1" / "b.png")
    for name in ("platelet", ".hidden", "ig"):
        (tmp_path / name / "deeper").mkdir(parents=True)
    (tmp_path / "ig" / "notes.txt").touch()
    source = sources.parse(str(tmp_path))
    assert source.empty() == ["ig", "platelet"]
    table = tmp_path / "labels.csv"
    table.write_text("file,label\nbasophil/a.png,basophil\n")
    assert dataclasses.replace(source, labels=table).empty() == []


def test_a_folder_with_an_at_sign_in_its_name_is_read_again_as_it_was_written(
    tmp_path: Path,
) -> None:
    _picture(tmp_path / "cells@home" / "basophil" / "a.png")
    source = sources.parse(f"{tmp_path}/cells@home/")
    assert sources.parse(str(source)) == source
    tables = {"groups": tmp_path / "x@y.csv", "without": tmp_path / "x@0.5"}
    tables["labels"] = tmp_path / "l@1.csv"
    all_of_it = tables | {"weight": 0.25, "classes": ("blast", "a@b")}
    for changes in ({"weight": 0.25}, tables, all_of_it):
        changed = dataclasses.replace(source, **changes)
        assert sources.parse(str(changed)) == changed


def test_chula_groups_by_slide(tmp_path: Path) -> None:
    _picture(tmp_path / "crops" / "basophil" / "x_1.webp")
    (tmp_path / "index.csv").write_text("file,class,group\nbasophil/x_1.png,basophil,B-30\n")
    (sample,) = chula.read(tmp_path)
    assert (sample.label, sample.group) == ("basophil", "B-30")


def test_slides_of_one_smear_and_their_mirror_images_are_one_scene(tmp_path: Path) -> None:
    rows = ["file,class,group"]
    for number, slide in enumerate(("M-8", "L-8", "HF-M-8", "M-3B", "E-13")):
        _picture(tmp_path / "crops" / "monocyte" / f"{number}.webp")
        rows.append(f"monocyte/{number}.png,monocyte,{slide}")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    assert [sample.scene for sample in chula.read(tmp_path)] == ["8", "8", "8", "3B", "13"]


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


def test_bccd_fields_that_overlap_are_one_scene(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    rows = [",Image,Category"]
    for number in (37, 38, 39):
        _picture(tmp_path / "JPEGImages" / f"BloodImage_{number:05d}.jpg", (64, 48))
        path = tmp_path / "Annotations" / f"BloodImage_{number:05d}.xml"
        path.write_text(_ANNOTATION.format(_OBJECT.format("WBC", 50, 2, 62, 12)))
        rows.append(f",{number},MONOCYTE")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    first, second, other = bccd.read(tmp_path)
    assert first.scene == second.scene is not None
    assert other.scene is None
    fields = [number for scene in bccd.SCENES for number in scene]
    assert len(fields) == len(set(fields))


def test_bccd_says_what_it_leaves_out_and_why(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    white = _OBJECT.format("WBC", 50, 2, 62, 12)
    for number, objects in {1: white + white, 2: white, 3: white}.items():
        path = tmp_path / "Annotations" / f"BloodImage_{number:05d}.xml"
        path.write_text(_ANNOTATION.format(objects))
    rows = ["0,MONOCYTE", "1,MONOCYTE", "2,", '3,"NEUTROPHIL, EOSINOPHIL"']
    (tmp_path / "labels.csv").write_text(
        "\n".join([",Image,Category", *(f",{row}" for row in rows)])
    )
    assert [item.reason for item in bccd.left_out(tmp_path)] == [
        "no annotation",
        "2 white cells, one label",
        "no label",
        "several labels: neutrophil, eosinophil",
    ]


def test_pbc_tells_the_sub_type_and_the_original(tmp_path: Path) -> None:
    for name in ("ig/PMY_7.webp", "ig/IG_8.webp", "neutrophil/BNE_9.webp"):
        _picture(tmp_path / name)
    assert [(s.key, s.sub_type, s.original) for s in pbc.read(tmp_path)] == [
        ("ig/IG_8.webp", None, "pbc/IG_8"),
        ("ig/PMY_7.webp", "promyelocyte", "pbc/PMY_7"),
        ("neutrophil/BNE_9.webp", "band", "pbc/BNE_9"),
    ]


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Copies of fields 7, 8 (the scene of 7) and 9 in TRAIN, of 8 in TEST, and one unknown."""
    root = tmp_path / "copies"
    for number in (1, 2, 3, 4):
        _picture(root / "TRAIN" / "MONOCYTE" / f"_0_{number}.jpeg", shade=number)
    _picture(root / "TEST" / "MONOCYTE" / "_0_5.jpeg", shade=5)
    rows = ["TRAIN/MONOCYTE/_0_1.jpeg,7,7", "TRAIN/MONOCYTE/_0_2.jpeg,8,7"]
    rows += ["TRAIN/MONOCYTE/_0_3.jpeg,9,9", "TEST/MONOCYTE/_0_5.jpeg,8,7"]
    (root / "original_of.csv").write_text(
        "\n".join(["file,bccd_image,near_duplicate_group", *rows])
    )
    return root


def test_kaggle_keeps_the_given_test_and_knows_the_originals(copies: Path) -> None:
    samples = {s.key: s for s in kaggle.read(copies)}
    assert {s.label for s in samples.values()} == {"monocyte"}
    assert [key for key, s in samples.items() if s.part == "test"] == ["TEST/MONOCYTE/_0_5.jpeg"]
    assert all(s.part is None for key, s in samples.items() if key.startswith("TRAIN/"))
    tested = samples["TEST/MONOCYTE/_0_5.jpeg"]
    assert (tested.original, tested.group) == ("bccd/BloodImage_00008", "bccd/BloodImage_00007")
    assert samples["TRAIN/MONOCYTE/_0_4.jpeg"].original is None
    (copies / "original_of.csv").unlink()
    assert {s.original for s in kaggle.read(copies)} == {None}


def test_the_originals_of_the_given_test_and_their_scenes_can_be_left_out(
    copies: Path, tmp_path: Path
) -> None:
    root = tmp_path / "fields"
    (root / "Annotations").mkdir(parents=True)
    for number in (6, 7, 8, 9):
        path = root / "Annotations" / f"BloodImage_{number:05d}.xml"
        path.write_text(_ANNOTATION.format(_OBJECT.format("WBC", 50, 2, 62, 12)))
    (root / "labels.csv").write_text(
        "\n".join([",Image,Category", *(f",{number},MONOCYTE" for number in (6, 7, 8, 9))])
    )
    source = sources.parse(f"bccd:{root},without={copies / 'original_of.csv'}")
    assert [s.key for s in source.read()] == ["BloodImage_00006.jpg", "BloodImage_00009.jpg"]
    same = {s.original for s in kaggle.read(copies)} & {s.original for s in bccd.read(root)}
    assert same == {f"bccd/BloodImage_0000{number}" for number in (7, 8, 9)}


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    _picture(tmp_path / "cells" / "basophil" / "a.png")
    with pytest.raises(UsageError, match="cannot be read"):
        sources.parse(f"{tmp_path / 'cells'},without={tmp_path / 'nowhere.csv'}").read()
    (tmp_path / "odd.csv").write_text("file,bccd_image\na,b\n")
    with pytest.raises(UsageError, match="'near_duplicate_group' is missing"):
        sources.parse(f"{tmp_path / 'cells'},without={tmp_path / 'odd.csv'}").read()
    with pytest.raises(UsageError, match="'group' is missing"):
        sources.parse(f"{tmp_path / 'cells'},groups={tmp_path / 'odd.csv'}").read()


def test_what_is_wrong_in_a_table_is_told_by_its_line(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    cases = {
        "file,bccd_image,near_duplicate_group\na,1,2\nb,x,2\n": r"t\.csv: line 3: .*'x'",
        "file,bccd_image,near_duplicate_group\na,1\n": r"line 2 ends before the column",
        "": "the column 'file' is missing",
    }
    for text, message in cases.items():
        table.write_text(text)
        with pytest.raises(UsageError, match=message):
            originals.read(table)
    table.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no table"):
        originals.read(table)


@pytest.mark.parametrize("reader", ["chula", "bccd"])
def test_a_folder_of_another_set_is_refused(tmp_path: Path, reader: str) -> None:
    with pytest.raises(UsageError, match=r"\.csv: cannot be read"):
        sources.parse(f"{reader}:{tmp_path}").read()


def test_a_crop_without_a_slide_is_named(tmp_path: Path) -> None:
    _picture(tmp_path / "crops" / "basophil" / "x_1.webp")
    (tmp_path / "index.csv").write_text("file,group\nbasophil/x_2.png,B-30\n")
    with pytest.raises(UsageError, match=r"index\.csv: does not name the slide of basophil/x_1"):
        chula.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<annotation>", "no element found"),
        (_ANNOTATION.format(_OBJECT.format("WBC", 1.5, 2, 3, 4)), "bndbox/xmin is '1.5', not a"),
        (
            _ANNOTATION.format(_OBJECT.format("WBC", 1, 2, 3, 4).replace("xmin", "left")),
            "bndbox/xmin is missing",
        ),
        ("<annotation></annotation>", "size/width is missing"),
        ('<?xml version="1.0" encoding="foo"?><annotation/>', "unknown encoding: foo"),
        ('<?xml version="1.0" encoding="hex"?><annotation/>', "'hex' is not a text encoding"),
        (_ANNOTATION.format("").replace("64", "0"), "a size of 0 x 48"),
        (_ANNOTATION.format("").replace("48", "-5"), "a size of 64 x -5"),
        (_ANNOTATION.format(_OBJECT.format("WBC", 9, 2, 9, 4)), "the box 9, 2 to 9, 4 is empty"),
        (_ANNOTATION.format(_OBJECT.format("WBC", 1, 8, 9, 4)), "the box 1, 8 to 9, 4 is empty"),
        (
            _ANNOTATION.format(_OBJECT.format("WBC", 64, 2, 70, 9)),
            "the box 64, 2 to 70, 9 lies outside of 64 x 48",
        ),
        (_ANNOTATION.format(_OBJECT.format("WBC", 1, -9, 9, 0)), "the box 1, -9 to 9, 0 lies out"),
    ],
)
def test_a_damaged_annotation_is_named_by_cells_and_fields(
    text: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "BloodImage_00001.xml").write_text(text)
    (tmp_path / "labels.csv").write_text(",Image,Category\n,1,MONOCYTE\n")
    for reader in (bccd.read, lambda root: list(fields.bccd(root))):
        with pytest.raises(
            UsageError, match=rf"BloodImage_00001\.xml: is no annotation \({reason}"
        ):
            reader(tmp_path)


@pytest.mark.parametrize(
    ("box", "region"),
    [
        ((-3, -2, 9, 10), (0, 0, 24, 24)),
        ((60, 40, 70, 52), (40, 24, 64, 48)),
        ((-(10**400), 2, 10**400, 9), (0, 0, 48, 48)),
    ],
)
def test_a_box_may_reach_over_the_edge(
    box: tuple[int, ...], region: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "Annotations").mkdir()
    path = tmp_path / "Annotations" / "BloodImage_00001.xml"
    path.write_text(_ANNOTATION.format(_OBJECT.format("WBC", *box)))
    (tmp_path / "labels.csv").write_text(",Image,Category\n,1,MONOCYTE\n")
    (sample,) = bccd.read(tmp_path)
    assert sample.region == region


def test_a_field_that_is_smaller_than_its_annotation_says_is_named(tmp_path: Path) -> None:
    _picture(tmp_path / "field.png", (60, 48))
    sample = Sample(
        key="field.png", path=tmp_path / "field.png", label="a", group="a", region=(40, 0, 64, 24)
    )
    with pytest.raises(InputError, match=r"field\.png: is 60 x 48 pixels; its cell is said to"):
        sample.pixels()


@pytest.mark.parametrize(
    "line",
    [
        "0 0.5 0.5 0.1",
        "7 0.5 0.5 0.1 0.1",
        "-1 0.5 0.5 0.1 0.1",
        "?",
        "0 nan 0.5 0.1 0.1",
        "0 0.5 0.5 inf 0.1",
        "0 0.5 0.5 0.1 0",
        "0 480 300 60 60",
    ],
)
def test_a_damaged_table_of_boxes_is_named_with_its_line(line: str, tmp_path: Path) -> None:
    _picture(tmp_path / "fields" / "train" / "images" / "S-1_1.png")
    table = tmp_path / "fields" / "train" / "labels" / "S-1_1.txt"
    table.parent.mkdir()
    table.write_text(f"0 0.5 0.5 0.1 0.1\n\n{line}\n")
    with pytest.raises(UsageError, match=rf"S-1_1\.txt: line 3: '{re.escape(line)}' is no class"):
        list(fields.chula(tmp_path))
    table.write_text("0 0.5 0.5 0.1 0.1\n\n")
    assert [field.names for field in fields.chula(tmp_path)] == [("neutrophil",)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, more: bytes) -> bytes:
    """A picture of eight black lines, whatever it says of itself, with another chunk in it."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0))
    lines = _chunk(b"IDAT", zlib.compress(bytes(8 * (1 + 3 * 8))))
    return b"\x89PNG\r\n\x1a\n" + head + more + lines + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "more", "reason"),
    [
        (8, _chunk(b"acTL", b"\0"), "the PNG ends too early"),
        (60_000, b"", "60000 x 60000 is more than the limit of"),
    ],
    ids=["short", "large"],
)
def test_a_field_that_cannot_be_read_is_named(
    width: int, more: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "fields" / "train" / "images" / "S-1_1.png"
    table = tmp_path / "fields" / "train" / "labels" / "S-1_1.txt"
    for file in (path, table):
        file.parent.mkdir(parents=True)
    table.write_text("0 0.5 0.5 0.1 0.1\n")
    path.write_bytes(_png(width, more))
    with pytest.raises(UsageError, match=rf"S-1_1\.png: {reason}"):
        list(fields.chula(tmp_path))
    path.write_bytes(_png(8, _chunk(b"acTL", bytes(8))))  # Pillow warns of no frames
    assert len(list(fields.chula(tmp_path))) == 1
    path.write_bytes(b"no picture")
    with pytest.raises(UsageError, match=r"S-1_1\.png: is not a picture that can be read"):
        list(fields.chula(tmp_path))


def test_only_the_classes_asked_for_are_read(tmp_path: Path) -> None:
    for label in ("basophil", "monocyte", "platelet"):
        _picture(tmp_path / label / "a.png")
    samples = sources.parse(f"{tmp_path},classes=monocyte+basophil").read()
    assert [s.label for s in samples] == ["basophil", "monocyte"]
    with pytest.raises(UsageError, match="no cell of class 'blast'; there are basophil, monocyte"):
        sources.parse(f"{tmp_path},classes=blast").read()


def test_groups_of_ones_own_cells_come_from_a_table(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        _picture(tmp_path / "cells" / "basophil" / f"{name}.png")
    groups.write({"basophil/a.png": "slide 1", "basophil/b.png": "slide 1"}, tmp_path / "g.csv")
    samples = sources.parse(f"{tmp_path / 'cells'},groups={tmp_path / 'g.csv'}").read()
    assert [s.group for s in samples] == ["slide 1", "slide 1", "basophil/c.png"]
    (tmp_path / "g.csv").write_text("file,group\nbasophil/a.png, \n")
    with pytest.raises(UsageError, match="line 2: names no file, or no group"):
        sources.parse(f"{tmp_path / 'cells'},groups={tmp_path / 'g.csv'}").read()


def test_labels_of_ones_own_cells_come_from_a_table(tmp_path: Path) -> None:
    for name in ("a.png", "old/b.png", "c.png", "d.png"):
        _picture(tmp_path / "cells" / name)
    table = tmp_path / "labels.csv"
    # As the page of --gallery saves it: whole paths, and cells that have no class.
    table.write_text(
        "file,cell,answer,confidence,label\n"
        f"{tmp_path}/cells/a.png,,monocyte,0.9,basophil\n"
        "old/../old/b.png,,monocyte,0.9,monocyte\n"
        "c.png,,unclassified,0.4,unclassified\n"
    )
    source = sources.parse(f"{tmp_path / 'cells'},labels={table}")
    samples = source.read()
    assert [(s.key, s.label) for s in samples] == [("a.png", "basophil"), ("old/b.png", "monocyte")]
    assert [s.path for s in samples] == [tmp_path / "cells" / s.key for s in samples]
    assert [item.key for item in source.left_out()] == ["c.png", "d.png"]
    assert sources.parse(str(source)) == source


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("gone.png,monocyte", "line 2: 'gone.png' is no picture in "),
        ("../other.png,monocyte", "line 2: '../other.png' is no picture in "),
        ("a.png,", "line 2: names no file, or no label"),
        ("a.png,monocyte\na.png,basophil", "a.png has two labels, 'monocyte' and 'basophil'"),
        ("a.png,unclassified", "found no labelled cell"),
        ("a.png,monocyte,2", "line 2: is of one cell of a field"),
    ],
)
def test_a_table_of_labels_that_labels_nothing_is_refused(
    tmp_path: Path, lines: str, message: str
) -> None:
    for name in ("cells/a.png", "other.png"):
        _picture(tmp_path / name)
    table = tmp_path / "labels.csv"
    columns = "file,label,cell" if lines.count(",") == 2 and "\n" not in lines else "file,label"
    table.write_text(f"{columns}\n{lines}\n")
    with pytest.raises(UsageError, match=message):
        sources.parse(f"{tmp_path / 'cells'},labels={table}").read()
    with pytest.raises(UsageError, match="labels from a table are of a folder"):
        sources.parse(f"bccd:{tmp_path / 'cells'},labels={table}")


def test_a_table_of_other_cells_is_refused_and_one_of_more_classes_is_not(tmp_path: Path) -> None:
    for name in ("basophil/a.png", "monocyte/b.png"):
        _picture(tmp_path / "cells" / name)
    table = tmp_path / "g.csv"
    groups.write({"basophil/a.png": "slide 1", "monocyte/b.png": "slide 1"}, table)
    samples = sources.parse(f"{tmp_path / 'cells'},classes=monocyte,groups={table}").read()
    assert [s.group for s in samples] == ["slide 1"]
    groups.write({"basophil/a.png": "slide 1", "cells/monocyte/b.png": "slide 1"}, table)
    with pytest.raises(UsageError, match=r"g\.csv: names 'cells/monocyte/b\.png', which the"):
        sources.parse(f"{tmp_path / 'cells'},groups={table}").read()


def test_a_table_may_name_pictures_whose_label_is_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    path = tmp_path / "Annotations" / "BloodImage_00001.xml"
    path.write_text(_ANNOTATION.format(_OBJECT.format("WBC", 50, 2, 62, 12)))
    rows = [",Image,Category", ",1,MONOCYTE", ",2,"]
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    table = tmp_path / "g.csv"
    groups.write({f"BloodImage_0000{number}.jpg": "slide" for number in (1, 2)}, table)
    (sample,) = sources.parse(f"bccd:{tmp_path},groups={table}").read()
    assert sample.group == "slide"


def test_wbcatt_gives_eleven_attributes_by_stem(tmp_path: Path) -> None:
    names = [item.name for item in dataclasses.fields(wbcatt.Attributes)]
    head = ",".join(["img_name", "label", *names, "path"])
    for number, part in enumerate(wbcatt.PARTS):
        row = ",".join([f"BA_{number}.jpg", "Basophil", *(f"{n}-{number}" for n in names), "x"])
        (tmp_path / f"pbc_attr_v1_{part}.csv").write_text(f"{head}\n{row}\n")
    found = wbcatt.read(tmp_path)
    assert len(names) == 11
    assert found.keys() == {"BA_0", "BA_1", "BA_2"}
    assert found["BA_1"].granule_colour == "granule_colour-1"
    (tmp_path / "pbc_attr_v1_val.csv").unlink()
    with pytest.raises(UsageError, match="val"):
        wbcatt.read(tmp_path)


def test_every_set_of_the_catalogue_says_where_it_comes_from() -> None:
    for origin in CATALOGUE.values():
        assert origin.licence
        assert origin.citation
        assert origin.where


def test_the_real_sets_are_read(shared_data: Path) -> None:
    assert len(folder.read(shared_data / "pbc")) == 15358
    assert len(chula.read(shared_data / "chula")) == 511
    assert len(bccd.read(shared_data / "bccd")) == 341
    copies = kaggle.read(shared_data / "blood-cells-kaggle")
    tested = {s.original for s in copies if s.part == "test"}
    assert (len(copies), sum(s.part == "test" for s in copies)) == (3824, 2487)
    assert len(tested) == 71
    table = shared_data / "blood-cells-kaggle" / "original_of.csv"
    free = sources.parse(f"bccd:{shared_data / 'bccd'},without={table}").read()
    assert not {s.original for s in free} & tested
    assert len(free) == 262
    stems = {s.path.stem for s in pbc.read(shared_data / "pbc") if s.label != "platelet"}
    assert len(stems & wbcatt.read(shared_data / "wbcatt").keys()) > 9000
    known = attributes.read(shared_data / "wbcatt")
    band = next(s for s in pbc.read(shared_data / "pbc") if s.sub_type == "band")
    assert {"sub_type", "nucleus_shape", "granularity"} <= attributes.of(band, known).keys()


def test_a_folder_per_class_is_walked_as_the_device_walks_it(tmp_path: Path) -> None:
    for name in (
        "cells/basophil/a.png",
        "cells/basophil/._a.png",
        "cells/.cache/b.png",
        "far/c.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "cells" / "monocyte").symlink_to(tmp_path / "far")
    found = sources.READERS["folder"](tmp_path / "cells")
    assert [(sample.label, sample.key) for sample in found] == [
        ("basophil", "basophil/a.png"),
        ("monocyte", "monocyte/c.png"),
    ]


def test_an_at_sign_inside_a_path_is_no_weight() -> None:
    assert sources.parse("home/jane@example.org/cells").path == Path("home/jane@example.org/cells")
    assert sources.parse("home/jane@example.org/cells@0.5").weight == 0.5
    with pytest.raises(UsageError, match="positive number, not 'inf'"):
        sources.parse("cells@inf")


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such names")
def test_a_name_that_tables_cannot_hold_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "cells" / "monocyte"
    folder.mkdir(parents=True)
    (folder / os.fsdecode(b"n\xff.png")).write_bytes(b"")
    with pytest.raises(UsageError, match=r"n.*\.png: its name is not UTF-8"):
        sources.parse(str(tmp_path / "cells")).read()


def test_an_empty_name_is_no_folder_of_cells() -> None:
    with pytest.raises(UsageError, match="is a variable of the shell not set"):
        sources.parse("")


@pytest.mark.parametrize("text", ["cells\0", "folder:cells\ud800", "cells,groups=g\0.csv"])
def test_a_character_that_no_path_can_have_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"\\(x00|ud800).*: has a character that no path can"):
        sources.parse(text)
