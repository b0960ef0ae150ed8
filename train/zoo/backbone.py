"""What the networks have in common: pixels, scaled, through a backbone of `keras.applications`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE, OFFSET = 1 / 127.5, -1.0
"""Pixels to [-1, 1], as MobileNet, Xception and Inception were trained."""


def load(
    build: Callable[..., keras.Model],
    *,
    input_size: tuple[int, int],
    weights: str | None,
    **options: Any,
) -> keras.Model:
    """A network of `keras.applications` without its classifier.

    Args:
        build: its function there.
        input_size: (height, width) in pixels.
        weights: `imagenet` (Keras downloads them), a Keras weights file of this backbone, or None
            for random ones.
        options: of `build`, such as `alpha`.

    Returns:
        Model from scaled pixels (N, height, width, 3) to feature maps (N, h, w, C).

    Raises:
        UsageError: the weights cannot be downloaded, or the file is missing or of another network.
    """
    settings = {"input_shape": (*input_size, 3), "include_top": False} | options
    if weights == "imagenet":
        try:
            return build(**settings, weights="imagenet")
        except Exception as error:
            # Keras raises nothing more precise.
            if "URL fetch failure" not in str(error):
                raise
            raise UsageError(
                f"the ImageNet weights of {build.__name__} cannot be downloaded; "
                "give a weights file, or none to start from random ones"
            ) from error
    backbone = build(**settings, weights=None)
    if weights is not None:
        _read(backbone, Path(weights), build.__name__)
    return backbone


def _read(backbone: keras.Model, path: Path, network: str) -> None:
    if not path.is_file():
        raise UsageError(f"{path}: no such weights file")
    try:
        with warnings.catch_warnings():
            # It warns of the first of another network's layers before it refuses the file.
            warnings.filterwarnings("ignore", "Skipping nested container", UserWarning)
            backbone.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        raise UsageError(f"{path}: holds no weights of this {network}") from error


def layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of a network in order, those of a backbone in its place."""
    found: list[keras.layers.Layer] = []
    for layer in model.layers:
        found += layers(layer) if isinstance(layer, keras.Model) else [layer]
    return found


def take_over(model: keras.Model, weights: Sequence[NDArray[Any]]) -> None:
    """Gives a network the weights of one of the same layers, what they scale pixels by included."""
    model.set_weights(weights)
    _settle(model)


def _settle(model: keras.Model) -> None:
    """Tells normalisations, which copy their statistics when built, of those that they now have."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _settle(layer)
        elif isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def features(
    backbone: keras.Model,
    *,
    scale: float = SCALE,
    offset: float | list[float] = OFFSET,
) -> tuple[keras.KerasTensor, Any]:
    """Pixels and what a backbone makes of them.

    Args:
        backbone: model from scaled pixels to feature maps.
        scale: factor of a pixel.
        offset: added to a scaled pixel; one number, or one per channel.

    Returns:
        Input of uint8 RGB pixels (N, height, width, 3), and the backbone's output or outputs.
    """
    pixels = keras.Input(backbone.input_shape[1:], dtype="uint8", name="pixels")
    return pixels, backbone(keras.layers.Rescaling(scale, offset=offset, name="scaling")(pixels))


def classifier(
    backbone: keras.Model,
    *,
    classes: int,
    dropout: float,
    name: str,
    scale: float = SCALE,
    offset: float | list[float] = OFFSET,
) -> keras.Model:
    """A linear classifier on the pooled feature maps of a backbone.

    Args:
        backbone: model from scaled pixels to feature maps (N, h, w, C).
        classes: number of logits.
        dropout: share of pooled features dropped in training.
        name: of the network.
        scale: factor of a pixel.
        offset: added to a scaled pixel.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    pixels, x = features(backbone, scale=scale, offset=offset)
    x = keras.layers.GlobalAveragePooling2D(name="pooling")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(pixels, logits, name=name)
