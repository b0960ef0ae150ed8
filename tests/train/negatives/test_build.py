import inspect
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.train.alone import split
from train.commands.negatives import command
from train.negatives import COUNT, origin
from train.negatives.build import build
from train.negatives.photographed import between_cells, corners
from train.sources import Source, fields, groups
from train.sources.sample import Sample
from wbc_edge import synthetic
from wbc_edge.errors import UsageError


def _bccd(root: Path, count: int = 20) -> Source:
    """Drawn fields of red cells with one nucleated cell each, laid out as BCCD is."""
    (root / "JPEGImages").mkdir(parents=True)
    (root / "Annotations").mkdir()
    rows = [",Image,Category"]
    for number in range(count):
        field = synthetic.draw_field(seed=number, size=480)
        cell = synthetic.draw("neutrophil", seed=number, size=160)
        field[:160, :160] = cell
        name = f"BloodImage_{number:05d}"
        Image.fromarray(field).save(root / "JPEGImages" / f"{name}.jpg")
        (root / "Annotations" / f"{name}.xml").write_text(
            "<annotation><size><width>480</width><height>480</height></size><object>"
            "<name>WBC</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>160</xmax><ymax>160</ymax>"
            "</bndbox></object></annotation>"
        )
        rows.append(f",{number},NEUTROPHIL")
    (root / "labels.csv").write_text("\n".join(rows))
    return Source(reader="bccd", path=root)


def test_every_kind_is_in_every_part_and_nothing_of_a_test_picture_in_training(
    tmp_path: Path, drawn_cells: Path
) -> None:
    bccd = _bccd(tmp_path / "bccd")
    cells = Source(reader="folder", path=drawn_cells)
    out = tmp_path / "negatives"

    written = build([cells, bccd], out, count=8)

    files = list(out.rglob("*.webp"))
    assert written == len(files)
    kinds = {path.name for path in (out / "train").iterdir()}
    assert {"blank", "red-cells", "text", "noise", "leaves", "bccd-fields"} <= kinds
    assert {path.name for path in (out / "test").iterdir()} == kinds
    told = json.loads((out / "groups.json").read_text())
    cut = {path for path in files if origin(path.parent.name)}
    assert set(told) == {path.relative_to(out).as_posix() for path in cut}
    for path in out.glob("*/bccd-*/*"):
        name = path.stem.rsplit("-", 1)[0]
        assert told[path.relative_to(out).as_posix()] == f"bccd: {name}"
    tested = {sample.group for sample in split(bccd.read(), seed=0).parts["test"]}
    assert tested
    for path in (out / "train").glob("bccd-*/*.webp"):
        assert path.stem.rsplit("-", 1)[0] not in tested


def _cut_from(out: Path, part: str) -> set[str]:
    return {p.stem.rsplit("-", 1)[0] for p in (out / part / "bccd-fields").glob("*.webp")}


def test_fields_follow_their_cells_where_a_table_groups_them(tmp_path: Path) -> None:
    plain = _bccd(tmp_path / "bccd")
    keys = [sample.key for sample in plain.read()]
    table = tmp_path / "groups.csv"
    groups.write({key: f"slide {number // 2}" for number, key in enumerate(keys)}, table)
    source = replace(plain, groups=table)

    build([source], tmp_path / "out", count=40)

    for part, cells in split(source.read(), seed=0).parts.items():
        assert _cut_from(tmp_path / "out", part) == {cell.path.stem for cell in cells}, part


def test_a_field_that_is_left_out_is_not_used_even_without_a_cell(tmp_path: Path) -> None:
    plain = _bccd(tmp_path / "bccd")
    unlabelled = plain.path / "labels.csv"
    unlabelled.write_text(unlabelled.read_text().replace(",4,NEUTROPHIL", ",4,"))
    table = tmp_path / "original_of.csv"
    rows = [f"TEST/NEUTROPHIL/{number}.jpeg,{number},{number}" for number in (3, 4, 5)]
    table.write_text("\n".join(["file,bccd_image,near_duplicate_group", *rows]))

    build([replace(plain, without=table)], tmp_path / "out", count=40)

    used = set().union(*(_cut_from(tmp_path / "out", part) for part in ("train", "val", "test")))
    assert used == {f"BloodImage_{number:05d}" for number in range(20) if number not in (3, 4, 5)}


def test_pictures_between_cells_hold_no_cell(tmp_path: Path) -> None:
    bccd = _bccd(tmp_path / "bccd")
    for field in fields.bccd(bccd.path):
        assert field.boxes == ((1.0, 1.0, 160.0, 160.0),)
    build([bccd], tmp_path / "out", count=10)
    cell = synthetic.draw("neutrophil", seed=0, size=160)
    for path in (tmp_path / "out").rglob("bccd-fields/*.webp"):
        # Chromatin is far darker than a red cell.
        assert np.asarray(Image.open(path))[..., 1].min() > cell[..., 1].min() + 30


@pytest.mark.parametrize("size", [(100, 400), (1, 3), (3, 400)])
def test_a_field_gives_no_square_that_it_has_no_room_for(
    size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "field.png"
    Image.new("RGB", size).save(path)
    there = [fields.Field(path=path, group="slide", boxes=(), names=())] * 50
    cuts = [rgb for *_, rgb in between_cells(there, np.random.default_rng(0))]
    assert all(0 < cut.shape[0] == cut.shape[1] < size[0] for cut in cuts)
    assert bool(cuts) == (size == (100, 400))


def test_the_same_seed_gives_the_same_pictures(tmp_path: Path) -> None:
    build([], tmp_path / "a", count=3, seed=5)
    build([], tmp_path / "b", count=3, seed=5)
    build([], tmp_path / "c", count=3, seed=6)

    def content(name: str) -> dict[str, bytes]:
        root = tmp_path / name
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.webp")}

    assert content("a") == content("b")
    assert content("a") != content("c")


def test_a_build_that_is_killed_is_not_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(picture: Image.Image, path: Path, **how: object) -> None:
        if "text" in str(path):
            raise KeyboardInterrupt
        proper(picture, path, **how)

    proper = Image.Image.save
    monkeypatch.setattr(Image.Image, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        build([], tmp_path / "out", count=2)
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    written = build([], tmp_path / "out", count=2)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(list((tmp_path / "out").rglob("*.webp"))) == written


def test_a_picture_of_a_few_pixels_has_no_corner(tmp_path: Path) -> None:
    path = tmp_path / "cell.png"
    Image.fromarray(synthetic.draw("neutrophil", seed=0, size=96)).resize((4, 4)).save(path)
    cell = Sample(key="cell.png", path=path, label="neutrophil", group="cell.png")
    assert not list(corners([cell] * 9, np.random.default_rng(0)))


def test_the_folder_says_how_its_sources_were_parted(tmp_path: Path, drawn_cells: Path) -> None:
    source = Source(reader="folder", path=drawn_cells)
    build([source], tmp_path / "out", count=1, seed=3)
    stored = json.loads((tmp_path / "out" / "negatives.json").read_text())
    assert stored == {"drawn": split(source.read(), seed=3).sha256}


def test_the_command_and_the_function_make_as_many() -> None:
    defaults = [inspect.signature(made).parameters["count"].default for made in (build, command)]
    assert defaults == [COUNT, COUNT]


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        build([], tmp_path)


def test_sources_of_one_name_are_refused(tmp_path: Path, drawn_cells: Path) -> None:
    cells = Source(reader="folder", path=drawn_cells)
    with pytest.raises(UsageError, match="two sources are called 'drawn'"):
        build([cells, cells], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_fold_that_there_is_not_is_refused(drawn_cells: Path, tmp_path: Path) -> None:
    source = Source(reader="folder", path=drawn_cells)
    for folds, fold, told in ((3, 4, "no fold 4 of 3"), (None, 2, "no fold 2 of 1")):
        with pytest.raises(UsageError, match=told):
            build([source], tmp_path / "out", count=1, folds=folds, fold=fold)
    assert not (tmp_path / "out").exists()
