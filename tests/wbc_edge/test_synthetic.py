from __future__ import annotations

import errno
import os
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wbc_edge.errors import UsageError
from wbc_edge.synthetic import (
    LABELS,
    PBC,
    Style,
    draw,
    draw_field,
    draw_smear,
    write_dataset,
    write_samples,
)

Pixels = NDArray[np.uint8]
SHIPPED_LABELS = (
    "basophil",
    "eosinophil",
    "erythroblast",
    "ig",
    "lymphocyte",
    "monocyte",
    "neutrophil",
    "platelet",
)


def density(cell: Pixels) -> NDArray[np.float64]:
    """Optical density of green, in which every stain is strong: shape (h, w)."""
    return np.log(PBC.field[1] / np.maximum(cell[..., 1], 1.0))


def disc(size: int, radius: float) -> NDArray[np.bool_]:
    """The pixels within `radius`, a share of the frame's width, of the centre."""
    axis = np.arange(size) + 0.5 - size / 2
    return np.asarray(np.hypot(axis[:, None], axis) < radius * size)


def stained_share(cell: Pixels, level: float) -> float:
    """Share of the frame that is denser than `level`."""
    return float((density(cell) > level).mean())


def test_labels_are_the_shipped_ones_in_their_order() -> None:
    assert LABELS == SHIPPED_LABELS


@pytest.mark.parametrize("size", [16, 128])
@pytest.mark.parametrize("label", LABELS)
def test_a_cell_is_an_rgb_picture_of_the_asked_size(label: str, size: int) -> None:
    cell = draw(label, size=size)
    assert cell.shape == (size, size, 3)
    assert cell.dtype == np.uint8


@pytest.mark.parametrize("size", [32, 61, 128, 360, 500])
def test_every_size_shows_the_same_cell(size: int) -> None:
    cell = draw("neutrophil", seed=4, size=size)
    assert cell.shape == (size, size, 3)
    dark = Image.fromarray(density(cell) > 1).resize((360, 360))
    same = density(draw("neutrophil", seed=4)) > 1
    assert (np.asarray(dark) & same).sum() > 0.6 * (np.asarray(dark) | same).sum()


def test_another_laboratory_shows_the_same_cell() -> None:
    here = density(draw("neutrophil", seed=4)) > 1
    there = density(draw("neutrophil", seed=4, style=Style(stain=1.2, noise=3))) > 1.2
    assert (here & there).sum() > 0.85 * (here | there).sum()


def test_the_default_is_pbc_at_its_size() -> None:
    assert np.array_equal(draw("ig"), draw("ig", seed=0, size=360, style=Style()))


@pytest.mark.parametrize("label", LABELS)
def test_same_seed_same_pixels(label: str) -> None:
    assert draw(label, seed=7, size=128).tobytes() == draw(label, seed=7, size=128).tobytes()


@pytest.mark.parametrize("label", LABELS)
def test_another_seed_is_a_visibly_different_cell(label: str) -> None:
    first, second = (density(draw(label, seed=seed, size=128)) for seed in (1, 2))
    centre = disc(128, 0.08)
    assert np.abs(first - second)[centre].mean() > 0.05
    assert np.abs(first - second)[~centre].mean() > 0.03


def test_labels_differ_with_the_same_seed() -> None:
    cells = [draw(label, seed=3, size=128).astype(float) for label in LABELS]
    for number, cell in enumerate(cells):
        for other in cells[:number]:
            assert np.abs(cell - other)[disc(128, 0.2)].mean() > 10


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("seed", range(3))
def test_the_cell_stands_in_the_middle_and_red_cells_keep_off(label: str, seed: int) -> None:
    dark = density(draw(label, seed=seed)) > 0.9
    assert dark[disc(360, 0.08)].any()
    assert not dark[~disc(360, 0.3)].any()


@pytest.mark.parametrize("label", [label for label in LABELS if label != "platelet"])
def test_the_nucleus_is_darker_than_the_cytoplasm_and_that_than_the_field(label: str) -> None:
    for seed in range(3):
        cell = density(draw(label, seed=seed))
        stained = cell[disc(360, 0.2)]
        nucleus = stained[stained > 1.1]
        cytoplasm = stained[(stained > 0.12) & (stained < 0.9)]
        assert len(nucleus) > 1500
        assert len(cytoplasm) > 300
        assert np.median(nucleus) > 2 * np.median(cytoplasm)


@pytest.mark.parametrize("label", LABELS)
def test_the_field_has_the_colour_of_the_style(label: str) -> None:
    cell = draw(label, seed=2)
    empty = cell[density(cell) < 0.04]
    assert len(empty) > 0.2 * 360 * 360
    np.testing.assert_allclose(np.median(empty, axis=0), PBC.field, atol=4)


def test_kinds_have_their_size() -> None:
    def area(label: str) -> float:
        inside = disc(360, 0.24)
        return float(
            np.mean([(density(draw(label, seed=s))[inside] > 0.5).sum() for s in range(6)])
        )

    platelet, erythroblast, lymphocyte = (
        area(label) for label in ("platelet", "erythroblast", "lymphocyte")
    )
    assert platelet < 0.6 * erythroblast
    assert erythroblast < lymphocyte
    assert area("monocyte") > 1.2 * lymphocyte


def test_eosinophils_are_red_and_lymphocytes_blue() -> None:
    def redness(label: str) -> float:
        cell = draw(label, seed=1)
        stained = cell[disc(360, 0.2) & (density(cell) > 0.3) & (density(cell) < 1.0)]
        return float(np.mean(stained[:, 0].astype(float) - stained[:, 2]))

    assert redness("eosinophil") > 15
    assert redness("lymphocyte") < 0
    assert redness("monocyte") < 10


def test_no_channel_wraps_round() -> None:
    for seed in range(6):
        cell = draw("monocyte", seed=seed).astype(int)
        assert (cell[..., 0] >= cell[..., 1] - 3).all()


def test_a_field_holds_red_cells_and_no_nucleus() -> None:
    for seed in range(4):
        field = draw_field(seed=seed)
        assert field.shape == (360, 360, 3)
        assert 0.15 < stained_share(field, 0.1) < 0.8
        assert stained_share(field, 0.9) == 0
    assert not np.array_equal(draw_field(seed=1), draw_field(seed=2))


def test_a_blank_field_is_the_light_alone() -> None:
    blank = draw_field(size=128, red_cells=False)
    np.testing.assert_allclose(np.median(blank, axis=(0, 1)), PBC.field, atol=4)
    assert stained_share(blank, 0.1) == 0


def test_stain_deepens_every_colour() -> None:
    pale, strong = (draw("ig", seed=5, style=Style(stain=stain)) for stain in (0.6, 1.4))
    assert density(strong).mean() > 1.5 * density(pale).mean()


def test_the_field_colour_is_that_of_the_laboratory() -> None:
    cell = draw("basophil", size=128, style=Style(field=(200, 210, 225)))
    brightest = cell[cell[..., 1] > np.percentile(cell[..., 1], 70)]
    np.testing.assert_allclose(np.median(brightest, axis=0), (200, 210, 225), atol=5)


def test_scale_magnifies() -> None:
    near, far = (
        stained_share(draw("lymphocyte", seed=5, style=Style(scale=scale)), 1.0)
        for scale in (1.4, 0.7)
    )
    assert near / far == pytest.approx(4, rel=0.25)


def test_a_strong_magnification_cuts_the_cell_at_the_border() -> None:
    cell = draw("monocyte", seed=1, size=128, style=Style(scale=4))
    assert stained_share(cell, 0.3) > 0.8


def test_blur_and_noise_do_what_they_say() -> None:
    def roughness(style: Style) -> float:
        cell = draw("neutrophil", seed=1, style=style).astype(float)
        return float(np.abs(np.diff(cell, axis=0)).mean())

    assert roughness(Style(blur=3)) < 0.8 * roughness(Style())
    assert roughness(Style(noise=6)) > 1.5 * roughness(Style())
    assert roughness(Style(sharpening=2)) > 1.05 * roughness(Style(sharpening=0))


def test_the_vignette_darkens_the_corners() -> None:
    blank = draw_field(red_cells=False, style=Style(vignette=0.3)).astype(float)
    assert blank[:20, :20].mean() < 0.8 * blank[170:190, 170:190].mean()


@pytest.mark.parametrize("label", ["", "Neutrophil", "blast"])
def test_an_unknown_label_is_refused_with_the_valid_ones(label: str) -> None:
    with pytest.raises(UsageError) as caught:
        draw(label)
    assert repr(label) in str(caught.value)
    for known in LABELS:
        assert known in str(caught.value)


@pytest.mark.parametrize("size", [-1, 0, 15, 5000])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match=str(size)):
        draw("ig", size=size)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="-1"):
        draw_field(seed=-1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stain": -1.0},
        {"scale": 0.0},
        {"blur": float("nan")},
        {"noise": -0.1},
        {"vignette": 2.0},
        {"sharpening": float("inf")},
        {"field": (0, 10, 10)},
        {"field": (10, 10)},
    ],
)
def test_a_style_that_cannot_be_drawn_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Style(**wrong)  # type: ignore[arg-type]


def test_a_data_set_is_a_folder_per_class(tmp_path: Path) -> None:
    paths = write_dataset(tmp_path / "cells", 2, seed=1, size=64)
    assert sorted(folder.name for folder in (tmp_path / "cells").iterdir()) == list(LABELS)
    assert len(paths) == 16
    assert paths == sorted((tmp_path / "cells").glob("*/*.png"))
    for path in paths:
        assert path.name.startswith(path.parent.name)
        with Image.open(path) as picture:
            assert (picture.size, picture.mode) == ((64, 64), "RGB")


def test_a_data_set_repeats_itself_and_another_seed_shares_no_image(tmp_path: Path) -> None:
    first, again, other = (
        [path.read_bytes() for path in write_dataset(tmp_path / name, 2, seed=seed, size=32)]
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    assert first == again
    assert len(set(first)) == 16
    assert not set(first) & set(other)


def test_a_data_set_needs_a_cell_a_class(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one"):
        write_dataset(tmp_path, 0)
    assert not list(tmp_path.iterdir())


def test_a_data_set_does_not_replace_other_files(tmp_path: Path) -> None:
    path = write_dataset(tmp_path, 1, seed=1, size=32)[3]
    kept = path.read_bytes()
    with pytest.raises(UsageError, match="holds something else"):
        write_dataset(tmp_path, 1, seed=2, size=32)
    assert path.read_bytes() == kept


def test_the_samples_are_the_eight_cells(tmp_path: Path) -> None:
    paths = write_samples(tmp_path / "samples")
    assert [path.name for path in paths] == [f"{label}.png" for label in LABELS]
    for path in paths:
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(picture), draw(path.stem))


def test_writing_the_samples_again_changes_nothing(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in write_samples(tmp_path)}
    time.sleep(0.01)
    assert {path: path.stat().st_mtime_ns for path in write_samples(tmp_path)} == before


def test_the_samples_do_not_replace_other_files(tmp_path: Path) -> None:
    mine = tmp_path / "platelet.png"
    mine.write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"platelet\.png"):
        write_samples(tmp_path)
    assert mine.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [mine]


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot write"):
        write_samples(tmp_path / "file")


def test_a_name_that_is_too_long_is_a_usage_error(tmp_path: Path) -> None:
    for write in (write_samples, partial(write_dataset, per_class=1, size=16)):
        with pytest.raises(UsageError, match=r"cannot write .*: "):
            write(tmp_path / ("x" * 300))


@pytest.mark.parametrize("step", ["lstat", "read_bytes"])
def test_a_folder_that_may_not_be_looked_into_is_a_usage_error(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{LABELS[0]}.png").write_bytes(b"")

    def refuse(_: Path) -> None:  # root, who runs tests in containers, may look anywhere
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(UsageError, match=r"cannot write .*: Permission denied"):
        write_samples(tmp_path)


def test_a_smear_holds_each_cell_where_it_says_and_apart_from_the_others() -> None:
    kinds = ("lymphocyte", "basophil", "neutrophil", "lymphocyte")
    pixels, places = draw_smear(kinds, seed=3, size=600)
    assert pixels.shape == (600, 600, 3)
    assert len(places) == len(kinds)
    darkness = 255 - pixels[..., 1].astype(int)
    for x, y in places:
        around = darkness[round(y) - 15 : round(y) + 15, round(x) - 15 : round(x) + 15]
        assert around.mean() > 2 * np.median(darkness)
        assert all((x, y) == other or np.hypot(x - other[0], y - other[1]) > 40 for other in places)
    again, _ = draw_smear(kinds, seed=3, size=600)
    np.testing.assert_array_equal(pixels, again)


@pytest.mark.parametrize("labels", [["basophile"], ["monocyte"] * 400])
def test_what_cannot_be_drawn_on_a_smear_is_refused(labels: list[str]) -> None:
    with pytest.raises(UsageError):
        draw_smear(labels)


def test_a_sample_is_not_written_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "ig.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(UsageError, match=r"ig\.png exists and holds something else"):
        write_samples(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ig.png"]
