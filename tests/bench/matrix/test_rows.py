from __future__ import annotations

from bench.matrix.rows import kind


def test_a_format_is_read_off_the_name_of_its_file() -> None:
    assert kind("out/edge-fine-int8.tflite") == "int8.tflite"
