from __future__ import annotations

import keras
import pytest

from train.recipe.freezing import backbone, blocks, freeze
from train.zoo import NETWORKS
from wbc_edge.errors import UsageError


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return NETWORKS["mobilenet"](input_size=(32, 32), classes=3, weights=None, alpha=0.25)


def _learning(model: keras.Model) -> set[str]:
    return {
        layer.name
        for layer in [*backbone(model), *model.layers]
        if layer.trainable_weights and not isinstance(layer, keras.Model)
    }


def test_all_leaves_the_head_alone_and_none_undoes_it(network: keras.Model) -> None:
    freeze(network, "none")
    whole = _learning(network)
    freeze(network, "all")
    assert _learning(network) == {"logits"}
    assert len(network.trainable_variables) == 2
    freeze(network, "none")
    assert _learning(network) == whole


def test_norms_are_told_from_the_rest(network: keras.Model) -> None:
    freeze(network, "all_but_norms")
    learning = _learning(network)
    assert "conv1_bn" in learning
    assert all(name.endswith("_bn") or name == "logits" for name in learning)
    freeze(network, "norms")
    assert "conv1_bn" not in _learning(network)
    assert {"conv1", "logits"} <= _learning(network)


def test_the_first_layers_or_blocks_stay(network: keras.Model) -> None:
    freeze(network, "first:2")
    assert not {"conv1", "conv1_bn"} & _learning(network)
    assert "conv_dw_1" in _learning(network)
    freeze(network, "first:1.0")
    assert _learning(network) == {"logits"}
    freeze(network, "blocks:2")
    learning = _learning(network)
    assert not {"conv1", "conv_dw_2", "conv_pw_2_bn"} & learning
    assert "conv_dw_3" in learning


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (keras.applications.MobileNetV2, 17),
        (keras.applications.MobileNetV3Small, 11),
        (keras.applications.ResNet50, 16),
    ],
)
def test_blocks_are_found_by_name(build: type, count: int) -> None:
    model = build(input_shape=(32, 32, 3), include_top=False, weights=None)
    numbers = blocks(model.layers)
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(count + 1))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_blocks_of_every_network_can_be_frozen(name: str) -> None:
    side = 80 if name in ("xception_mha", "inception_v3") else 32
    model = NETWORKS[name](input_size=(side, side), classes=3, weights=None)
    numbers = blocks(backbone(model))
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(max(numbers) + 1))
    assert max(numbers) >= 3
    whole = _learning(model)
    freeze(model, "blocks:1")
    once = _learning(model)
    freeze(model, "blocks:2")
    assert _learning(model) < once < whole


def test_a_network_without_an_inner_one_keeps_its_last_layer() -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    freeze(model, "all")
    assert [layer.trainable for layer in model.layers] == [False, True]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [("some", "no freezing 'some'"), ("first:many", "a number"), ("blocks:14", "has 13 blocks")],
)
def test_nonsense_is_refused(network: keras.Model, policy: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        freeze(network, policy)
