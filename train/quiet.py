"""TensorFlow without what its native code announces at every start, whatever command imports it.

Most of the lines come before any setting of its log is read, while it is imported; and it is
imported, by Keras, wherever a command first needs a network. So its import is watched for.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from wbc_edge.runtimes.native_log import without_info_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

NVIDIA = Path("/proc/driver/nvidia")
"""There where the driver of a GPU is loaded."""


def tensorflow() -> None:
    """Has TensorFlow, when it is imported, keep to warnings; to be called before that."""
    # Of a machine without a GPU, it reports as an error that there is none.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2" if NVIDIA.exists() else "3")
    if not any(isinstance(finder, _Watch) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


class _Watch(MetaPathFinder):
    """Finds TensorFlow where installed packages are, and has it imported quietly."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            quietly = without_info_lines()(spec.loader.exec_module)
            spec.loader.exec_module = quietly  # type: ignore[method-assign]
        return spec
