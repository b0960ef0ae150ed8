"""What figures in a model card are called: who writes one and who reads it go by these names."""

from __future__ import annotations

TOP1 = "top-1"
BALANCED = "balanced accuracy"
CALIBRATION = "expected calibration error"
CALIBRATION_BY_CHANCE = f"{CALIBRATION} by chance"
"""What it would be on the average of as many cells if confidences were right."""
ANSWERED = "share answered at the threshold"
WRONG = "errors among the answered"
REFUSED = "cells taken for no cell"

ONE_LOOK = "top-1 at the first look"
LOOKED_AGAIN = "cells looked at again"
"""Of a network that looks twice."""

_PARENT = "float parent"
OF_PARENT = f"top-1 of the {_PARENT}"
FROM_PARENT = f"top-1 difference from the {_PARENT}"
AGREEMENT = f"agreement with the {_PARENT}"
"""At the first look."""

_ANSWERED = "second looks included"
FROM_PARENT_ANSWERED = f"{FROM_PARENT}, {_ANSWERED}"
AGREEMENT_ANSWERED = f"{AGREEMENT}, {_ANSWERED}"
"""Of what either answers in the end; where neither looks again, the same as without."""

STRANGE = "pictures without a cell that get no answer"
NEGATIVES = "test part of the negatives"
"""The set that the one before is of."""


def recall_from_parent(label: str) -> str:
    """What a class's recall gains or loses beside the float parent's."""
    return f"recall of {label}, difference from the {_PARENT}"


def is_at_one_look(name: str) -> bool:
    """Whether a figure stands beside the float parent's and is of the first look alone."""
    return _PARENT in name and not name.endswith(_ANSWERED)


def test_split(source: str) -> str:
    """The set that figures of a source's test cells are of."""
    return f"{source} test split"
