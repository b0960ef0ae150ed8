from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.paths import ONNX
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import open_session


class Limited:
    """A core that cannot compile fused operators, or, by `ever`, nothing at all."""

    def __init__(self, core: Any, *, ever: bool = True) -> None:
        self._core = core
        self._ever = ever
        self.read_model = core.read_model

    def compile_model(self, model: Any, device: str, options: dict[str, Any]) -> Any:
        if not self._ever or options.get("SNIPPETS_MODE") != "DISABLE":
            raise RuntimeError("Not enough gp registers in the pool")
        return self._core.compile_model(model, device, options)


def test_what_cannot_be_fused_is_run_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    openvino = pytest.importorskip("openvino")
    usual = open_session(ONNX, runtime="openvino")
    core = Limited(openvino.Core())
    monkeypatch.setattr(openvino, "Core", lambda: core)
    unfused = open_session(ONNX, runtime="openvino")
    pictures = np.full((1, *usual.input.shape[1:]), 100, np.uint8)
    np.testing.assert_allclose(unfused.run(pictures), usual.run(pictures), rtol=1e-4, atol=1e-5)


def test_what_cannot_be_compiled_at_all_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    openvino = pytest.importorskip("openvino")
    core = Limited(openvino.Core(), ever=False)
    monkeypatch.setattr(openvino, "Core", lambda: core)
    with pytest.raises(ModelError, match="registers"):
        open_session(ONNX, runtime="openvino")
