"""What facts of a file's making are called in its card: who writes and who reads one goes by these.

They stand in `Card.created_with`, beside the versions of the tools.
"""

from __future__ import annotations

OPENED = "opened and compared in"
GATE = "gate"

TEMPERATURE = "temperature"
THRESHOLD = "threshold"
OUTLIER = "outlier"
SECOND_LOOK = "second look"
"""How each of the card's numbers of that name was found."""

TAUGHT_BY = "taught by"
LEARNT_BESIDE = "learnt beside the classes"
"""What a network has learnt from besides labels; one that goes on from it has, too."""

CALIBRATION = "calibration"
CALIBRATION_SHA256 = "calibration cells, SHA-256"
QUANTISATION = "quantisation"
ATTEMPTS = "attempts judged on the test cells"
FLOAT_OPERATORS = "operators left in float"
"""Of a file in whole numbers."""
