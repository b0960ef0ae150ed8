"""Where the tiny models are: one network of eight classes, which `data/make_models.py` makes."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parent / "data"
INT8 = DATA / "tiny-int8.tflite"
UINT8 = DATA / "tiny-uint8.tflite"
FLOAT = DATA / "tiny-float32.tflite"
ONNX = DATA / "tiny-float32.onnx"
NCHW = DATA / "tiny-nchw.onnx"
