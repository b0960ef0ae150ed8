from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.paths import ONNX
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import openvino as runtime


class Limited:
    """A core that cannot compile fused operators, or, by `ever`, nothing at all."""

    def __init__(self, core: Any, *, ever: bool = True) -> None:
        self._core = core
        self._ever = ever

    def compile_model(self, model: Any, device: str, options: dict[str, Any]) -> Any:
        if not self._ever or options.get("SNIPPETS_MODE") != "DISABLE":
            raise RuntimeError("Not enough gp registers in the pool")
        return self._core.compile_model(model, device, options)


def test_what_cannot_be_fused_is_run_one_by_one() -> None:
    core = pytest.importorskip("openvino").Core()
    usual, unfused = (
        runtime._compiled(one, core.read_model(ONNX), ONNX, 1) for one in (core, Limited(core))
    )
    picture = np.full(tuple(usual.model_inputs[0].shape), 100, np.float32)
    np.testing.assert_allclose(
        unfused.infer({0: picture})[0], usual.infer({0: picture})[0], rtol=1e-4, atol=1e-5
    )


def test_what_cannot_be_compiled_at_all_is_a_model_error() -> None:
    core = pytest.importorskip("openvino").Core()
    with pytest.raises(ModelError, match="registers"):
        runtime._compiled(Limited(core, ever=False), core.read_model(ONNX), ONNX, 1)
