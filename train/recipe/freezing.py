"""Which layers of a network stay as they are.

================  =================================================================================
``none``          every layer learns
``all``           the whole backbone stays; the head learns
``all_but_norms`` the same, but its batch norms learn and go on with their statistics
``norms``         the batch norms stay, everything else learns
``first:N``       the backbone's first N layers with weights stay; with a point, their share:
                  ``first:0.5``
``blocks:N``      the backbone's stem and its first N blocks stay
================  =================================================================================

The backbone is the network within the network, or, where there is none, all but the last layer with
weights. A batch norm that stays uses its stored statistics in training too.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import keras

from train.zoo.backbone import layers as leaves
from wbc_edge.errors import UsageError

_BLOCK = re.compile(
    r"conv\d+_block\d+|conv_[dp]w_(\d+)|expanded_conv(?:_\d+)?|block_?\d+[a-z]?|mixed\d+$"
    r"|stage\d+"
)
"""Names of blocks: ResNet; MobileNet; MobileNetV2 and V3; MobileNetV2, Xception, EfficientNet;
Inception, which names the concatenation at a block's end: a block is counted from one to the next;
tiny_resnet.
"""


def freeze(model: keras.Model, policy: str) -> None:
    """Sets which layers of the model learn.

    Raises:
        UsageError: no such policy, or more layers or blocks than there are.
    """
    frozen = _frozen(policy, backbone(model))
    for layer in leaves(model):
        layer.trainable = not frozen(layer)


def backbone(model: keras.Model) -> list[keras.Layer]:
    """The layers of the pretrained part, in the order of the data."""
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    if inner:
        return [leaf for network in inner for leaf in leaves(network)]
    own = leaves(model)
    last = max(n for n, layer in enumerate(own) if layer.weights)
    return own[:last]


def blocks(layers: list[keras.Layer]) -> list[int]:
    """The number of each layer's block, by its name; 0 for the stem."""
    numbers = []
    current, key = 0, None
    for layer in layers:
        match = _BLOCK.match(layer.name)
        if match and (match.group(1) or match.group()) != key:
            current, key = current + 1, match.group(1) or match.group()
        numbers.append(current)
    return numbers


def _frozen(policy: str, layers: list[keras.Layer]) -> Callable[[keras.Layer], bool]:
    name, _, amount = policy.partition(":")
    inside = {id(layer) for layer in layers}
    if policy == "none":
        return lambda _: False
    if policy == "all":
        return lambda layer: id(layer) in inside
    if policy == "all_but_norms":
        return lambda layer: id(layer) in inside and not _is_norm(layer)
    if policy == "norms":
        return _is_norm
    if name == "first":
        weighted = [layer for layer in layers if layer.weights]
        chosen = weighted[: _amount(policy, amount, len(weighted), "layers with weights")]
    elif name == "blocks":
        numbers = blocks(layers)
        last = _amount(policy, amount, max(numbers), "blocks")
        chosen = [layer for layer, number in zip(layers, numbers, strict=True) if number <= last]
    else:
        raise UsageError(
            f"no freezing '{policy}'; there are none, all, all_but_norms, norms, first:N, blocks:N"
        )
    held = {id(layer) for layer in chosen}
    return lambda layer: id(layer) in held


def _amount(policy: str, text: str, total: int, what: str) -> int:
    try:
        amount = round(float(text) * total) if "." in text else int(text)
    except ValueError:
        raise UsageError(f"the freezing '{policy}': a number has to follow the colon") from None
    if not 0 <= amount <= total:
        raise UsageError(f"the freezing '{policy}': the backbone has {total} {what}")
    return amount


def _is_norm(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)
