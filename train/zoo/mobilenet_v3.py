"""MobileNetV3: searched bottlenecks with squeeze-and-excitation and hard swish.

=====  =====  ==========  =========================================
size   alpha  parameters  ImageNet top-1 at 224 px
=====  =====  ==========  =========================================
small  1.0    0.94 M      67.5 % (paper, table 3, with its own head)
=====  =====  ==========  =========================================

Parameters with 8 classes. Howard et al., "Searching for MobileNetV3", ICCV 2019, arXiv:1905.02244.
"""

from __future__ import annotations

import keras

from train.zoo import backbone


def mobilenet_v3_small(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.2,
) -> keras.Model:
    """MobileNetV3-Small with a linear classifier on its pooled features.

    The paper's head has a hidden layer of 1024 units, made for a thousand classes; it would be a
    third of the network and is left out.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone, or None
            for random ones.
        alpha: width multiplier.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        keras.applications.MobileNetV3Small,
        input_size=input_size,
        weights=weights,
        alpha=alpha,
        include_preprocessing=False,
    )
    return backbone.classifier(base, classes=classes, dropout=dropout, name="mobilenet_v3_small")
