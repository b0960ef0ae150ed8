"""DM-FNet: three depths of MobileNetV2, joined and attended to at one resolution.

==========  =========================================================  ============================
parameters  published accuracy (PBC, 5 classes)                        input
==========  =========================================================  ============================
2.83 M      99.57 %, of the epoch that was best on the same test set   112 or 128 px
==========  =========================================================  ============================

Parameters with 5 classes and alpha 1. After the code and drawings of
github.com/amitrajput786/White-blood-cells-classifier.
"""

from __future__ import annotations

import keras

from train.zoo import backbone
from train.zoo.layers.context_attention import context_attention
from train.zoo.layers.fusion import multi_scale_fusion, to_grid
from train.zoo.layers.selective_kernel import selective_kernel

TAPS = ("block_3_expand", "block_6_expand", "block_13_expand")


def dm_fnet(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    width: int = 128,
    dropout: float = 0.0,
) -> keras.Model:
    """DM-FNet.

    MobileNetV2 is read where its resolution is a quarter, an eighth and a sixteenth of the input; a
    selective-kernel block widens the view of the last. The four maps are brought to the middle
    resolution, fused, attended to one by one, concatenated, pooled and classified by a hidden layer
    of `2 * width` units.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of MobileNetV2, or None for
            random ones.
        alpha: width multiplier of MobileNetV2.
        width: channels of each fused path; half as many in the selective-kernel block.
        dropout: share of hidden units dropped in training; the published network has none.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    whole = backbone.load(
        keras.applications.MobileNetV2, input_size=input_size, weights=weights, alpha=alpha
    )
    taps = keras.Model(
        whole.input, [whole.get_layer(name).output for name in TAPS], name=f"{whole.name}_taps"
    )
    pixels, (fine, middle, coarse) = backbone.features(taps)
    selected = selective_kernel(coarse, width // 2, name="selective")
    grid = middle.shape[1:3]
    paths = multi_scale_fusion(
        [
            to_grid(fine, grid, name="fine"),
            middle,
            to_grid(coarse, grid, name="coarse"),
            to_grid(selected, grid, name="selected"),
        ],
        width,
        name="fusion",
    )
    x = keras.layers.Concatenate(name="paths")(
        [context_attention(path, name=f"context_{n}") for n, path in enumerate(paths, 1)]
    )
    x = keras.layers.GlobalAveragePooling2D(name="pooling")(x)
    x = keras.layers.Dense(2 * width, activation="relu", name="hidden")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(pixels, logits, name="dm_fnet")
