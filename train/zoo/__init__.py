"""The networks, one file per family, and the registry that names them.

Every builder takes `input_size` (height, width), `classes`, `weights` and options of its own, all
by keyword, and returns a Keras model from uint8 RGB pixels (N, h, w, 3) to logits (N, classes):
scaling is a layer inside, so that every exported file takes pixels as they are.
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from train.zoo.mobilenet import mobilenet

Builder = Callable[..., keras.Model]

NETWORKS: dict[str, Builder] = {
    "mobilenet": mobilenet,
}
