import numpy as np
import pytest

from train import style
from wbc_edge import synthetic

CELL = synthetic.draw("eosinophil", seed=3, size=96)
LOOKS = (
    style.tinted,
    style.shifted,
    style.faded,
    style.filtered,
    style.exposed,
    style.sharpened,
)


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_is_a_picture_reproducible_and_leaves_its_source_alone(look) -> None:
    before = CELL.copy()
    once = [look(CELL, np.random.default_rng(seed)) for seed in range(4)]
    again = [look(CELL, np.random.default_rng(seed)) for seed in range(4)]
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(CELL, before)
    assert all(p.shape == CELL.shape and p.dtype == np.uint8 for p in once)
    assert len({p.tobytes() for p in once}) == 4


def test_a_warm_lamp_takes_blue_away() -> None:
    rng = np.random.default_rng(0)
    pictures = np.stack([style.tinted(CELL, rng) for _ in range(30)]).astype(float)
    kept = pictures.mean((0, 1, 2)) / CELL.mean((0, 1))
    assert kept[2] < kept[1] < kept[0]


def test_fading_draws_the_channels_together() -> None:
    rng = np.random.default_rng(0)
    spread = np.ptp(CELL.astype(int), 2).mean()
    assert all(np.ptp(style.faded(CELL, rng).astype(int), 2).mean() < spread for _ in range(10))


def test_a_random_convolution_keeps_the_outline_of_the_cell() -> None:
    nucleus = CELL[..., 1] < np.quantile(CELL[..., 1], 0.15)
    field = CELL[..., 1] > np.quantile(CELL[..., 1], 0.6)
    contrasts = []
    for seed in range(20):
        grey = style.filtered(CELL, np.random.default_rng(seed)).astype(float).mean(2)
        contrasts.append(abs(grey[nucleus].mean() - grey[field].mean()))
    assert np.median(contrasts) > 20


def test_exposure_cuts_bright_ends_off_and_keeps_the_order_of_greys() -> None:
    pictures = [style.exposed(CELL, np.random.default_rng(seed)) for seed in range(20)]
    assert any((p == 255).mean() > (CELL == 255).mean() + 0.2 for p in pictures)
    flat = CELL.ravel()
    for picture in pictures:
        assert (np.diff(picture.ravel()[np.argsort(flat, kind="stable")].astype(int)) >= 0).all()


def test_sharpening_makes_edges_steeper() -> None:
    steep = np.abs(np.diff(CELL.astype(int), axis=0)).mean()
    for seed in range(10):
        picture = style.sharpened(CELL, np.random.default_rng(seed)).astype(int)
        assert np.abs(np.diff(picture, axis=0)).mean() > steep
