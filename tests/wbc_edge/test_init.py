from __future__ import annotations

import pkgutil
import re
import subprocess
import sys

import pytest

import wbc_edge


def test_the_public_names_are_these() -> None:
    assert sorted(wbc_edge.__all__) == [
        "Bundle",
        "Classifier",
        "GateFailed",
        "InputError",
        "Limits",
        "ModelError",
        "Prediction",
        "Row",
        "RuntimeUnavailable",
        "UsageError",
        "WbcEdgeError",
        "__version__",
        "open_bundle",
    ]
    assert all(getattr(wbc_edge, name) is not None for name in wbc_edge.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'classify'"):
        wbc_edge.classify  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, wbc_edge;"
        "print([m for m in ('numpy', 'PIL', 'typer', 'ai_edge_litert', 'tensorflow')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_classifier_needs_no_training_package() -> None:
    code = (
        "import sys, wbc_edge.classifier, wbc_edge.cli;"
        "print([m for m in ('tensorflow', 'keras', 'pandas', 'matplotlib', 'onnxruntime')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_packages_map_names_every_module() -> None:
    there = {info.name for info in pkgutil.iter_modules(wbc_edge.__path__)} - {"__main__"}
    assert set(re.findall(r"`(\w+)`", wbc_edge.__doc__ or "")) == there
