from __future__ import annotations

import pytest

from train.zoo import NETWORKS
from wbc_edge.errors import UsageError


def test_every_stage_halves_the_side_and_has_its_width() -> None:
    model = NETWORKS["tiny_resnet"](input_size=(96, 96), classes=5, widths=(8, 16, 32))
    features = model.get_layer("tiny_resnet_features")
    assert features.output_shape == (None, 12, 12, 32)


def test_weights_that_nobody_has_are_refused() -> None:
    with pytest.raises(UsageError, match="no ImageNet weights of tiny_resnet"):
        NETWORKS["tiny_resnet"](input_size=(96, 96), classes=8, weights="imagenet")


@pytest.mark.parametrize("widths", [(), (8, 0)])
def test_widths_that_are_none_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="widths of tiny_resnet are numbers from 1"):
        NETWORKS["tiny_resnet"](input_size=(96, 96), classes=8, widths=widths)
