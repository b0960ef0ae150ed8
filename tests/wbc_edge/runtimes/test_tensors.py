from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wbc_edge.card import InputSpec
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import Tensor
from wbc_edge.runtimes.tensors import Encoder, decode

ALL = np.arange(256, dtype=np.uint8)
PIXELS = np.repeat(ALL.reshape(1, 16, 16, 1), 3, axis=3)
PATH = Path("model.tflite")


def encode(dtype: str, scale: float | None = None, zero_point: int | None = None) -> Any:
    tensor = Tensor(name="x", shape=(1, 16, 16, 3), dtype=dtype, scale=scale, zero_point=zero_point)
    encoded = Encoder(tensor, PATH)(PIXELS)
    assert encoded.dtype == dtype
    assert encoded.flags.c_contiguous
    return encoded[0, ..., 0].ravel()


def test_int8_of_scale_1_is_the_pixel_less_128() -> None:
    assert np.array_equal(encode("int8", 1, -128), ALL.astype(int) - 128)


@pytest.mark.parametrize(("scale", "zero_point"), [(None, None), (1, 0)])
def test_uint8_of_scale_1_is_the_pixel(scale: float | None, zero_point: int | None) -> None:
    assert np.array_equal(encode("uint8", scale, zero_point), ALL)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int16", "int32"])
def test_wider_types_hold_the_pixel(dtype: str) -> None:
    assert np.array_equal(encode(dtype), ALL)


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point"), [("uint8", 2, 3), ("int8", 0.997, -128), ("int8", 1, -100)]
)
def test_other_parameters_are_followed_and_saturate(
    dtype: str, scale: float, zero_point: int
) -> None:
    limits = np.iinfo(dtype)
    expected = np.clip(np.rint(ALL / scale) + zero_point, limits.min, limits.max)
    assert np.array_equal(encode(dtype, scale, zero_point), expected)


def test_channels_first_is_transposed() -> None:
    tensor = Tensor(name="x", shape=(None, 3, None, None), dtype="uint8")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    assert np.array_equal(Encoder(tensor, PATH)(pixels), pixels.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("shape", "dtype", "sentence"),
    [
        ((1, 16, 16), "uint8", "not one RGB picture"),
        ((1, 16, 16, 1), "uint8", "not one RGB picture"),
        ((8, 16, 16, 3), "uint8", "takes 8 pictures at once"),
        ((1, 16, 16, 3), "bool", "type bool is not known"),
        ((1, 16, 16, 3), "int8", "gives no scale"),
    ],
)
def test_an_input_that_takes_no_picture_is_refused(
    shape: tuple[int, ...], dtype: str, sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence) as caught:
        Encoder(Tensor(name="x", shape=shape, dtype=dtype), PATH)
    assert caught.value.code == "shape_mismatch"


def test_outputs_are_dequantised_by_their_parameters() -> None:
    tensor = Tensor(name="y", shape=(1, 3), dtype="int8", scale=0.5, zero_point=-3)
    real = decode(np.array([[-128, -3, 127]], np.int8), tensor)
    assert real.dtype == np.float32
    assert real.tolist() == [[-62.5, 0, 65]]


def test_float_outputs_pass_and_lose_their_empty_sides() -> None:
    tensor = Tensor(name="y", shape=(1, 3, 1, 1), dtype="float16")
    assert decode(np.ones((2, 3, 1, 1), np.float16), tensor).tolist() == [[1] * 3] * 2


def scaled(
    dtype: str, scale: float | None = None, zero_point: int | None = None, std: float = 127.5
) -> Any:
    spec = InputSpec(height=16, width=16, mean=(127.5, 0.0, 255.0), std=(std, 1.0, 255.0))
    tensor = Tensor(name="x", shape=(1, 16, 16, 3), dtype=dtype, scale=scale, zero_point=zero_point)
    return Encoder(tensor, PATH, spec)(PIXELS).reshape(256, 3)


def test_pixels_are_scaled_channel_by_channel_where_the_card_says_so() -> None:
    expected = np.stack([ALL / 127.5 - 1, ALL * 1.0, ALL / 255 - 1], axis=1)
    assert np.abs(scaled("float32") - expected).max() < 1e-6
    quantised = scaled("int8", 1 / 128, 0)
    assert np.array_equal(quantised, np.clip(np.rint(expected * 128), -128, 127))


def test_whole_pixels_cannot_be_scaled() -> None:
    with pytest.raises(ModelError, match="without mean and std"):
        scaled("uint8")
