"""Networks of `keras.applications` that have no width multiplier, made narrower all the same.

As MobileNet's alpha does (Howard et al., arXiv:1704.04861, section 3.3): every layer has alpha
times its channels, rounded to multiples of eight as in MobileNetV2.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras

from wbc_edge.errors import UsageError

Build = Callable[..., keras.Model]

STEP = 8
"""Channels come in multiples of it, which vector units like."""


def scalable(build: Build) -> Build:
    """A function of `keras.applications`, with `alpha` among its arguments.

    Only the whole width has ImageNet weights: others raise UsageError where they are asked for.
    """

    @functools.wraps(build)
    def built(*, alpha: float = 1.0, weights: str | None, **settings: Any) -> keras.Model:
        if alpha == 1:
            return build(weights=weights, **settings)
        if alpha <= 0:
            raise UsageError(f"the option 'alpha' has to be above 0, not {alpha}")
        if weights is not None:
            raise UsageError(
                f"there are no {weights} weights of {build.__name__} at alpha {alpha}; "
                "give 'none' or a file"
            )
        return _scaled(build(weights=None, **settings), alpha)

    return built


def channels(whole: int, alpha: float) -> int:
    """How many of a layer's channels are left: the nearest multiple of `STEP`, the upper of two.

    Not less than nine tenths of what alpha asks for: a narrow layer would lose too much.
    """
    wanted = whole * alpha
    nearest = max(STEP, int(wanted / STEP + 0.5) * STEP)
    return nearest if nearest >= 0.9 * wanted else nearest + STEP


def _scaled(model: keras.Model, alpha: float) -> keras.Model:
    """The same layers with alpha times their channels, freshly initialised."""

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        settings = layer.get_config()
        if isinstance(layer, keras.layers.Reshape):
            # Squeeze and excitation: (1, 1, channels).
            *place, count = settings["target_shape"]
            settings["target_shape"] = (*place, channels(count, alpha))
        elif "filters" in settings:
            settings["filters"] = channels(settings["filters"], alpha)
        return type(layer).from_config(settings)

    return keras.models.clone_model(model, clone_function=clone)
