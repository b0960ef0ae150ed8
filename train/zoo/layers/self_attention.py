"""Multi-head self-attention over the places of a feature map.

Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, section 3.2.
"""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("wbc_edge")
class SelfAttention(keras.layers.Layer):
    """Every place of a feature map looks at every other: (N, h, w, C) to (N, h, w, C).

    The projections are 1x1 convolutions, which int8 quantises per channel, and the height and width
    are fixed when the layer is built, so that no operator on shapes is left in an exported graph:
    Keras's `MultiHeadAttention` leaves einsums.

    Args:
        heads: how many independent attentions.
        key_size: channels of query, key and value of one head.
    """

    def __init__(self, *, heads: int, key_size: int, **options: Any) -> None:
        super().__init__(**options)
        self.heads = heads
        self.key_size = key_size

    def build(self, input_shape: tuple[int | None, int, int, int]) -> None:
        _, self._height, self._width, channels = input_shape
        inner = self.heads * self.key_size
        # Layers made while building would otherwise take the global precision and not this one's.
        policy = self.dtype_policy
        self.query = keras.layers.Conv2D(inner, 1, dtype=policy, name="query")
        self.key = keras.layers.Conv2D(inner, 1, dtype=policy, name="key")
        self.value = keras.layers.Conv2D(inner, 1, dtype=policy, name="value")
        self.projection = keras.layers.Conv2D(channels, 1, dtype=policy, name="projection")
        for layer in (self.query, self.key, self.value):
            layer.build(input_shape)
        self.projection.build((*input_shape[:3], inner))

    def call(self, x: Any) -> Any:
        # (N, heads, places, size) for query and value, (N, heads, size, places) for the key.
        query = keras.ops.transpose(self._split(self.query(x)), (0, 2, 1, 3))
        key = keras.ops.transpose(self._split(self.key(x)), (0, 2, 3, 1))
        value = keras.ops.transpose(self._split(self.value(x)), (0, 2, 1, 3))
        scores = keras.ops.matmul(query * self.key_size**-0.5, key)
        attended = keras.ops.matmul(keras.ops.softmax(scores, axis=-1), value)
        attended = keras.ops.transpose(attended, (0, 2, 1, 3))
        inner = self.heads * self.key_size
        return self.projection(keras.ops.reshape(attended, (-1, self._height, self._width, inner)))

    def _split(self, x: Any) -> Any:
        places = self._height * self._width
        return keras.ops.reshape(x, (-1, places, self.heads, self.key_size))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"heads": self.heads, "key_size": self.key_size}
