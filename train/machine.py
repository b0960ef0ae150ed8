"""What a network is trained on, in words."""

from __future__ import annotations

import keras

from wbc_edge.measure import device


def describe() -> str:
    """The accelerator that Keras trains on, else the processor and how many cores may be used."""
    return _accelerator() or device.describe().short


def _accelerator() -> str | None:
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return torch.cuda.get_device_name() if torch.cuda.is_available() else None
    if backend == "jax":
        import jax

        return next((d.device_kind for d in jax.devices() if d.platform != "cpu"), None)
    import tensorflow as tf

    for found in tf.config.list_physical_devices("GPU"):
        return str(tf.config.experimental.get_device_details(found)["device_name"])
    return None
