"""Every change of a batch is that of its namesake of one picture, given the same chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from train import augment, style
from train.augment import Augmentation
from wbc_edge import synthetic

torch = pytest.importorskip("torch", reason="`make test-backends` installs it")

from train.accelerator import geometry, looks  # noqa: E402

STRONG = Augmentation(dyes=0.2)
PLAIN = replace(STRONG, **dict.fromkeys(augment.LOOKS, 0.0))
SIZE = (64, 64)
CELLS = [synthetic.draw(label, seed=3, size=96) for label in ("eosinophil", "monocyte", "platelet")]


def batch(*pictures: np.ndarray) -> Any:
    """Pictures (H, W, 3) as the accelerator holds them."""
    return torch.as_tensor(np.stack(pictures)).permute(0, 3, 1, 2).float()


def pictures(made: Any) -> np.ndarray:
    """The way back, to grey levels."""
    return made.clamp(0, 255).permute(0, 2, 3, 1).numpy()


def look(kind: str) -> Callable[..., np.ndarray]:
    """The change of one picture that a kind of look is."""
    return lambda cell, rng: augment.LOOKS[kind](cell, STRONG, rng)


def turned(contexts: Any, rng: np.random.Generator) -> Any:
    """The frame of a view without a tight crop, of which chance is asked first."""
    rng.random()
    return geometry.turned(contexts, SIZE, STRONG, rng)


def cropped(contexts: Any, rng: np.random.Generator) -> Any:
    """The frame of a view with a tight crop."""
    rng.random()
    return geometry.turned(geometry.tightly_cropped(contexts, SIZE, rng), SIZE, STRONG, rng)


def framed(crop: float) -> Callable[..., np.ndarray]:
    """A view that is turned and maybe cropped, and plain."""
    return lambda cell, rng: augment.view(cell, SIZE, replace(PLAIN, crop=crop), rng)


PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "restained": (partial(looks.restained, how=STRONG), look("colour")),
    "dyed": (partial(looks.dyed, how=STRONG), look("hed")),
    "matched": (looks.matched, look("reinhard")),
    "tinted": (looks.tinted, style.tinted),
    "shifted": (looks.shifted, style.shifted),
    "faded": (looks.faded, style.faded),
    "filtered": (looks.filtered, style.filtered),
    "sharpened": (looks.sharpened, style.sharpened),
    "veiled": (looks.veiled, look("haze")),
    "tightly_cropped": (cropped, framed(1.0)),
    "turned": (turned, framed(0.0)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_change_is_that_of_its_namesake(name: str) -> None:
    ours, theirs = PAIRS[name]
    for seed, cell in enumerate(CELLS * 2):
        made = pictures(ours(batch(cell), rng=np.random.default_rng(seed)))[0]
        expected = theirs(cell, np.random.default_rng(seed)).astype(float)
        assert made.shape == expected.shape
        assert np.abs(made - expected).mean() < 2
        # Hues of 180 steps, and what is cut off at an edge, differ in single pixels.
        assert np.quantile(np.abs(made - expected), 0.95) < 6


def test_over_exposure_is_a_gain_and_contrast_a_stretch_about_the_mean() -> None:
    count = 40
    cell = CELLS[0].astype(float)
    made = looks.exposed(batch(*[CELLS[0]] * count), np.random.default_rng(0))
    for picture in made.permute(0, 2, 3, 1).numpy():
        slope = np.polyfit(cell.ravel(), picture.ravel(), 1)
        np.testing.assert_allclose(np.polyval(slope, cell), picture, atol=0.01)
        brighter = abs(slope[1]) < 0.01 and 1 <= slope[0] <= 1.6
        about_mean = abs(np.polyval(slope, cell.mean()) - cell.mean()) < 0.01
        assert brighter or (about_mean and np.exp(-0.4) <= slope[0] <= np.exp(0.75))


def test_softening_takes_edges_away_as_its_namesake_does() -> None:
    def edges(views: np.ndarray) -> float:
        return float(np.abs(np.diff(views.astype(float), axis=1)).mean())

    cells = [CELLS[0]] * 200
    rng = np.random.default_rng(1)
    made = edges(pictures(looks.softened(batch(*cells), STRONG, rng)))
    expected = edges(np.stack([look("blur")(cell, rng) for cell in cells]))
    assert made == pytest.approx(expected, rel=0.1)
    assert made < 0.9 * edges(np.stack(cells))


def test_softening_is_drawn_anew_for_every_row_wherever_it_stands() -> None:
    """Negatives stand last in every batch, and have as much of each kind as the cells before."""
    cell = CELLS[0]
    rng = np.random.default_rng(2)
    # No coarser camera takes as much away as the least of these blurs.
    strong = Augmentation(defocus=1000)
    blurred = np.zeros(20)
    for _ in range(40):
        made = pictures(looks.softened(batch(*[cell] * 20), strong, rng))
        blurred += made.std((1, 2, 3)) < 0.5 * cell.std()
    assert (np.abs(blurred / 40 - 0.5) < 0.3).all()


def test_a_row_is_softened_as_its_own_picture() -> None:
    shades = np.arange(0, 200, 10, np.uint8)
    flat = [np.full((48, 48, 3), shade, np.uint8) for shade in shades]
    made = pictures(looks.softened(batch(*flat), STRONG, np.random.default_rng(0)))
    np.testing.assert_allclose(made[:, 24, 24, 0], shades, atol=0.1)


def test_noise_differs_from_picture_to_picture_and_is_reproducible() -> None:
    twice = [looks.noisy(batch(*CELLS), np.random.default_rng(5)) for _ in range(2)]
    assert torch.equal(*twice)
    spread = (twice[0] - batch(*CELLS)).std((1, 2, 3))
    assert (spread > 0.9).all()
    assert (spread < 8.2).all()
    assert spread.std() > 0.1
