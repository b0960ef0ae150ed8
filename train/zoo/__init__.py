"""The networks, one file per family, and the registry that names them.

Every builder takes `input_size` (height, width), `classes`, `weights` and options of its own, all
by keyword, and returns a Keras model from uint8 RGB pixels (N, h, w, 3) to logits (N, classes):
scaling is a layer inside, so that every exported file takes pixels as they are.

A stored network with layers of this package is loaded by `keras.saving.load_model` wherever this
package has been imported.
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from train.zoo.attention import mobilenet_mha, xception_mha
from train.zoo.dm_fnet import dm_fnet
from train.zoo.efficientnet import efficientnet_b0
from train.zoo.inception import inception_v3
from train.zoo.mobilenet import mobilenet
from train.zoo.mobilenet_v2 import mobilenet_v2
from train.zoo.mobilenet_v3 import mobilenet_v3_small
from train.zoo.resnet import resnet24, resnet50
from train.zoo.tiny_resnet import tiny_resnet

Builder = Callable[..., keras.Model]

NETWORKS: dict[str, Builder] = {
    "mobilenet": mobilenet,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3_small": mobilenet_v3_small,
    "dm_fnet": dm_fnet,
    "mobilenet_mha": mobilenet_mha,
    "xception_mha": xception_mha,
    "resnet24": resnet24,
    "resnet50": resnet50,
    "efficientnet_b0": efficientnet_b0,
    "inception_v3": inception_v3,
    "tiny_resnet": tiny_resnet,
}
