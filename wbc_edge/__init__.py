"""wbc-edge: white blood cells classified on small machines.

    from wbc_edge import Classifier
    print(Classifier().classify("cell.png").label)

Research use only. Not for use in diagnostic procedures.

=====================  =====================================================================
what it is about       where
=====================  =====================================================================
a picture, read        `image` and what it reads with: `decoding`, `colour`, `libtiff`
the cell in it         `framing`: by its nucleus (`nucleus`, `stain`, `camshift`); `light`
a model file           `bundle`, its `card` (`figure`, `typed`) and where it lies: `container`
running it             `runtimes`, `pool`, `workers`, `cores`, `shared`, `child`
an answer              `classifier`; `looks`, `logits`, `choice` among classes, `explain`
many cells on one      `fields` and `nuclei`; `count`, `marking`
many cells, to check   `gallery`
the command line       `cli` and its `commands`: what is named (`inputs`, `watching`), rows
                       (`output`, `destination`), `doctor`, `inspection`, `signals`, `progress`
benchmarks             `measure`
drawn cells            `synthetic`
words and files        `wording`, `text`, `errors`; `files`, `drawings`, `webpage`
=====================  =====================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wbc_edge.bundle import Bundle, open_bundle
    from wbc_edge.classifier import Classifier, Prediction, Row
    from wbc_edge.errors import (
        GateFailed,
        InputError,
        ModelError,
        RuntimeUnavailable,
        UsageError,
        WbcEdgeError,
    )
    from wbc_edge.image import Limits

__version__ = "0.1.0"

__all__ = [
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

_HOME = {
    "Bundle": "bundle",
    "Classifier": "classifier",
    "GateFailed": "errors",
    "InputError": "errors",
    "Limits": "image",
    "ModelError": "errors",
    "Prediction": "classifier",
    "Row": "classifier",
    "RuntimeUnavailable": "errors",
    "UsageError": "errors",
    "WbcEdgeError": "errors",
    "open_bundle": "bundle",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
