"""Makes the tiny models of this folder: one network of 8 classes at 32 x 32 pixels, in each form.

    python tests/data/make_models.py        (needs tensorflow, tf2onnx and onnx)

Its weights are drawn, not learnt: it tells colours apart and nothing more. What matters is that the
files have every kind of input and output that a runtime meets, and that they agree with each other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from wbc_edge import card as cards  # noqa: E402

SIDE = 32
LABELS = (
    "basophil",
    "eosinophil",
    "erythroblast",
    "ig",
    "lymphocyte",
    "monocyte",
    "neutrophil",
    "platelet",
)


def network() -> keras.Model:
    """Pixels 0 to 255 -> scaled -> three convolutions -> logits, with weights from a fixed seed.

    No stride above the kernel's side: XNNPACK in tflite-runtime 2.14 computes a 3 x 3 convolution
    of stride 4 wrongly.
    """
    keras.utils.set_random_seed(8)
    pixels = keras.Input((SIDE, SIDE, 3), batch_size=1, name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)
    x = keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="relu6")(x)
    x = keras.layers.DepthwiseConv2D(3, strides=2, padding="same", activation="relu6")(x)
    x = keras.layers.Conv2D(8, 1, activation="relu6")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    dense = keras.layers.Dense(8, kernel_initializer="orthogonal", name="logits")
    model = keras.Model(pixels, dense(x))
    # Spread and centred, so that every class is some colour's answer.
    kernel, _ = dense.get_weights()
    dense.set_weights([kernel * 40, np.zeros(8)])
    logits = np.concatenate([model(example[0]) for example in examples()])
    dense.set_weights([kernel * 40, -logits.mean(0)])
    return model


def examples() -> Iterator[list[np.ndarray]]:
    """Flat colours with noise, for calibration."""
    random = np.random.default_rng(8)
    for _ in range(64):
        colour = random.uniform(0, 255, 3)
        noisy = random.normal(colour, 30, (1, SIDE, SIDE, 3))
        yield [np.clip(noisy, 0, 255).astype(np.float32)]


def converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    call = tf.function(
        lambda pixels: model(pixels, training=False),
        input_signature=[tf.TensorSpec((1, SIDE, SIDE, 3), tf.float32)],
    )
    return tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])


def quantised(model: keras.Model, dtype: tf.DType) -> bytes:
    conversion = converter(model)
    conversion.optimizations = [tf.lite.Optimize.DEFAULT]
    conversion.representative_dataset = examples
    conversion.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    conversion.inference_input_type = conversion.inference_output_type = dtype
    # tflite-runtime 2.14 does not know the newer per-channel dense layer.
    conversion._experimental_disable_per_channel_quantization_for_dense_layers = True
    return bytes(conversion.convert())


def float_onnx(model: keras.Model, *, channels_first: bool) -> bytes:
    signature = (tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name="pixels"),)
    free = keras.models.clone_model(
        model, input_tensors=keras.Input((SIDE, SIDE, 3), name="pixels")
    )
    free.set_weights(model.get_weights())
    proto, _ = tf2onnx.convert.from_keras(
        free,
        input_signature=signature,
        opset=18,
        inputs_as_nchw=["pixels"] if channels_first else None,
    )
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def write_answers(model: keras.Model) -> None:
    """What the network itself says of eleven pictures, for the runtimes to be held against."""
    n, y, x, c = np.ogrid[:11, :SIDE, :SIDE, :3]
    pixels = (n * (23 + 31 * c) + y * (3 - c) + x * (c + 1)).astype(np.uint8)
    logits = [model(pixels[n : n + 1].astype(np.float32)) for n in range(11)]
    np.save(HERE / "tiny-logits.npy", np.concatenate(logits))


def card(format_: str, layout: str) -> cards.Card:
    return cards.Card(
        name=f"tiny-{format_}",
        version="1",
        format=format_,
        labels=LABELS,
        input=cards.InputSpec(height=SIDE, width=SIDE, layout=layout),
        architecture="three convolutions with drawn weights",
        parameters=network().count_params(),
        licence="MIT",
    )


def main() -> None:
    model = network()
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "tiny-float32.tflite": ("NHWC", lambda: bytes(converter(model).convert())),
        "tiny-int8.tflite": ("NHWC", lambda: quantised(model, tf.int8)),
        "tiny-uint8.tflite": ("NHWC", lambda: quantised(model, tf.uint8)),
        "tiny-float32.onnx": ("NHWC", lambda: float_onnx(model, channels_first=False)),
        "tiny-nchw.onnx": ("NCHW", lambda: float_onnx(model, channels_first=True)),
    }
    for name, (layout, make) in makers.items():
        path = HERE / name
        path.write_bytes(make())
        stem, suffix = name.split(".")
        cards.write(path, card(f"{suffix}-{stem.removeprefix('tiny-')}", layout))
        print(f"{path.stat().st_size:6d} {name}")
    write_answers(model)


if __name__ == "__main__":
    main()
