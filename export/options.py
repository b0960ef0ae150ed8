"""What an export may be told of the files that it makes, and what it does untold."""

from __future__ import annotations

from dataclasses import dataclass

from export.calibration import SIZE
from export.confidence import Doubt
from export.gate import Limits
from export.quantise import Io
from export.quantise.calibrators import Name

UNSTATED = "unstated"
"""Licence of a file whose maker names none."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the files of one export are called, made and judged.

    Attributes:
        name: stem of the file names and name in the cards.
        version: version in the cards.
        licence: of the files, in the cards.
        limits: what a file may lose.
        calibrator: rule for the ranges of activations, in `export.quantise.calibrators`.
        calibration_size: training cells that give the ranges.
        calibration_seed: of their draw.
        io: types of the 8-bit TFLite files' input and output.
        climb: go on to other rungs where the first does not pass.
        doubt: when to look at a cell again, and when to give no answer.
    """

    name: str
    version: str = "1.0"
    licence: str = UNSTATED
    limits: Limits = Limits()
    calibrator: Name = "min-max"
    calibration_size: int = SIZE
    calibration_seed: int = 0
    io: Io = Io()
    climb: bool = True
    doubt: Doubt = Doubt()
