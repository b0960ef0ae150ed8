"""TensorFlow without what its native code announces at every start, whatever command imports it.

Most of the lines come before any setting of its log is read, while it is imported; and it is
imported, by Keras, wherever a command first needs a network. So its import is watched for.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from wbc_edge.runtimes.native_log import without_info_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            spec.loader = _Quietly(spec.loader)
        return spec


class _Quietly(Loader):
    """Another loader, which is the module's own from its import on."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with without_info_lines():
            self._loader.exec_module(module)
