from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from train.zoo.layers.context_attention import context_attention
from train.zoo.layers.fusion import multi_scale_fusion, to_grid
from train.zoo.layers.gelu import gelu
from train.zoo.layers.selective_kernel import selective_kernel
from train.zoo.layers.self_attention import SelfAttention


def test_gelu_is_close_to_the_exact_function() -> None:
    x = np.linspace(-6, 6, 241)
    exact = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x]
    np.testing.assert_allclose(gelu(x.astype(np.float32)), exact, atol=5e-4)


def test_self_attention_is_that_of_keras() -> None:
    keras.utils.set_random_seed(0)
    mine, theirs = (
        SelfAttention(heads=3, key_size=5),
        keras.layers.MultiHeadAttention(num_heads=3, key_dim=5),
    )
    maps = np.random.default_rng(0).normal(size=(2, 4, 3, 7)).astype(np.float32)
    tokens = maps.reshape(2, 12, 7)
    mine(maps)
    theirs(tokens, tokens)
    mine.set_weights(
        [
            values.reshape(variable.shape)
            for values, variable in zip(theirs.get_weights(), mine.variables, strict=True)
        ]
    )
    expected = np.asarray(theirs(tokens, tokens)).reshape(maps.shape)
    np.testing.assert_allclose(np.asarray(mine(maps)), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "grid"), [((16, 16), (8, 8)), ((19, 13), (10, 7)), ((5, 4), (10, 7)), ((7, 9), (7, 9))]
)
def test_maps_of_any_scale_reach_the_grid(size: tuple[int, int], grid: tuple[int, int]) -> None:
    x = keras.Input((*size, 6))
    assert to_grid(x, grid, name="x").shape == (None, *grid, 6)


def test_repeated_and_pooled_maps_keep_their_place() -> None:
    x = keras.Input((2, 2, 1))
    values = np.arange(4, dtype=np.float32).reshape(1, 2, 2, 1)
    finer = keras.Model(x, to_grid(x, (3, 4), name="x"))(values)
    np.testing.assert_array_equal(
        np.asarray(finer)[0, ..., 0], [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3]]
    )
    coarser = keras.Model(x, to_grid(x, (1, 1), name="y"))(values)
    assert np.asarray(coarser).ravel().tolist() == [3.0]


def test_blocks_keep_the_grid_and_set_the_channels() -> None:
    one, two = keras.Input((6, 5, 8)), keras.Input((6, 5, 3))
    assert selective_kernel(one, 4, name="selective").shape == (None, 6, 5, 4)
    assert context_attention(one, name="context").shape == (None, 6, 5, 8)
    fused = multi_scale_fusion([one, two], 4, name="fusion")
    assert [maps.shape for maps in fused] == [(None, 6, 5, 4)] * 2


def test_selective_kernel_sees_farther_than_its_small_branch() -> None:
    keras.utils.set_random_seed(0)
    x = keras.Input((41, 41, 2))
    block = keras.Model(x, selective_kernel(x, 4, name="selective"))
    impulse = np.zeros((1, 41, 41, 2), np.float32)
    impulse[0, 20, 20] = 1
    seen = np.asarray(block(impulse))[0].max(-1) > 0
    rows = np.flatnonzero(seen.any(1))
    assert rows.min() < 10
    assert rows.max() > 30
