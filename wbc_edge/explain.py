"""Where an answer comes from: a heat map over the cell, by covering it piece by piece.

Occlusion (Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
section 4.2) asks nothing of a network but its answers, so that it explains the very int8 file that
classifies, in any runtime. A soft patch of the background's colour is moved over the network's
input; where the answer suffers, there lies what it rests upon. Where it suffers nowhere, since what
is left of the cell is enough, the patch grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from wbc_edge import drawings, framing, image
from wbc_edge.classifier import Row
from wbc_edge.errors import InputError
from wbc_edge.inputs import HEAT_MAP
from wbc_edge.looks import mean, views_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wbc_edge.card import SecondLook
    from wbc_edge.classifier import Classifier
    from wbc_edge.image import Source

PATCHES = ((0.08, 11), (0.14, 9), (0.22, 7))
"""Standard deviation of the patch in sides of the input, from a lobe of a nucleus to the whole of
it, and its positions along each side: 122 answers, 252 at most, of as many looks each as the answer
to be explained. A Gaussian has no edge that the network could take for something to be seen."""

DECISIVE = 1.0
"""Drop of the log-odds from which on a patch has made a difference: the odds are 2.7 times lower.
Heat that stays below is drawn as faintly as it is small."""

DRAWN_SIDE = 320
"""Side in pixels of the two pictures that are drawn beside each other."""

_COLOURS = np.array([(0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)])
"""Five steps of the colour map "inferno", even in lightness and safe for the colour-blind."""


def explained(classifier: Classifier, sources: Iterable[Source], folder: str) -> Iterator[Row]:
    """The rows of `classify_many`, one by one; for each answer a PNG has been written to `folder`.

    Files are named after their inputs, `cell.heat.png`, and numbered where two inputs share a name;
    a note of the row tells it. No file that is there is replaced. Raises UsageError where the
    folder cannot be made or written.
    """
    return _explained(classifier, sources, drawings.folder(folder))


def _explained(classifier: Classifier, sources: Iterable[Source], directory: Path) -> Iterator[Row]:
    for source in sources:
        path = image.source_name(source)
        try:
            loaded, pixels = classifier.prepared(source)
        except InputError as error:
            yield Row(path=path, error=error)
            continue
        prediction = classifier.answers(pixels[np.newaxis])[0]
        second = classifier.card.second_look if prediction.looks > 1 else None
        heat = heat_map(classifier, pixels, prediction.label, second=second)
        drawn = draw(loaded.picture, heat, classifier)
        name = drawings.save(drawn, path, directory, HEAT_MAP)
        notes = (*loaded.notes, f"heat map: {name}")
        yield Row(path=path, prediction=prediction, notes=notes, view=pixels)


def heat_map(
    classifier: Classifier,
    pixels: NDArray[np.uint8],
    label: str,
    *,
    second: SecondLook | None = None,
) -> NDArray[np.float64]:
    """How much an answer rests on each place of the network's input.

    Args:
        classifier: the model, opened.
        pixels: prepared uint8 pixels, shape (height, width, 3).
        label: the answer, one of the classifier's labels.
        second: the looks of which it is the mean; None is the first alone.

    Returns:
        Shape (height, width): the mean drop of the answer's log-odds over the patches that cover a
        place, each by how much it covers; negative where something speaks against the answer. Not
        of its log-probability, which hardly moves where a network is sure.
    """
    column = classifier.labels.index(label)

    def log_odds(views: NDArray[np.uint8]) -> NDArray[np.float64]:
        looks = [views] if second is None else views_of(views, second)
        return _log_odds(mean([classifier.predict(look) for look in looks]), column)

    before = log_odds(pixels[np.newaxis])
    found = []
    for spread, positions in PATCHES:
        found.append(_occluded(lambda views: before - log_odds(views), pixels, spread, positions))
        if found[-1].max() >= DECISIVE:
            return found[-1]
    return max(found, key=np.max)


def draw(
    picture: PIL.Image.Image, heat: NDArray[np.float64], classifier: Classifier
) -> PIL.Image.Image:
    """What the network sees of an RGB picture, and beside it the same in grey under the heat."""
    spec = classifier.card.input
    zoom = DRAWN_SIDE / max(spec.height, spec.width)
    size = round(zoom * spec.height), round(zoom * spec.width)
    view = image.prepare(picture, replace(spec, height=size[0], width=size[1], filter="bicubic"))
    positive = np.maximum(heat, 0) / max(float(heat.max()), DECISIVE)
    enlarged = PIL.Image.fromarray(positive.astype(np.float32)).resize(
        size[::-1], PIL.Image.Resampling.BICUBIC
    )
    strength = np.clip(np.asarray(enlarged), 0, 1)
    steps = np.linspace(0, 1, len(_COLOURS))
    colours = np.stack([np.interp(strength, steps, channel) for channel in _COLOURS.T], axis=2)
    grey = view.mean(axis=2, keepdims=True)
    opacity = 0.25 + 0.5 * strength[..., None]
    overlay = (1 - opacity) * grey + opacity * colours
    gap = np.full((size[0], size[1] // 40, 3), 255)
    return PIL.Image.fromarray(np.concatenate([view, gap, overlay], axis=1).astype(np.uint8))


def _occluded(
    drop: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
    pixels: NDArray[np.uint8],
    spread: float,
    positions: int,
) -> NDArray[np.float64]:
    """The heat by patches of one size."""
    down, across = (_patches(side, spread, positions) for side in pixels.shape[:2])
    fill = framing.background(pixels).astype(np.float32)
    drops = np.empty((positions, positions))
    for row, rows in enumerate(down):
        covered = (rows[:, None] * across[:, None, :])[..., None]  # (positions, h, w, 1)
        views = np.rint(pixels + covered * (fill - pixels)).astype(np.uint8)
        drops[row] = drop(views)
    # A Gaussian in two dimensions is the product of two, and so are the sums over positions.
    heat: NDArray[np.float64] = down.T @ drops @ across
    return heat / np.outer(down.sum(axis=0), across.sum(axis=0))


def _patches(side: int, spread: float, positions: int) -> NDArray[np.float64]:
    """(positions, side): how far a patch at each position covers each row or column, 0 to 1."""
    centres = np.linspace(0, side - 1, positions)[:, None]
    return np.exp(-(((np.arange(side) - centres) / (spread * side)) ** 2) / 2)


def _log_odds(probabilities: NDArray[np.float64], column: int) -> NDArray[np.float64]:
    """log(p / (1 - p)) of one column, its complement summed: 1 - p is rounded away near 1."""
    others = np.delete(probabilities, column, axis=1).sum(axis=1)
    odds = np.maximum(probabilities[:, column], 1e-300) / np.maximum(others, 1e-300)
    logarithm: NDArray[np.float64] = np.log(odds)
    return logarithm
