"""What can go wrong, as one small tree; beside it stand TypeError and ValueError, for misuse.

WbcEdgeError
├── UsageError            exit 2   the command or the call was wrong
├── InputError            exit 1   one image could not be answered; its row says why
├── GateFailed            exit 3   a benchmark stayed behind what was asked of it
├── ModelError            exit 4   the model file, or its card, cannot be used
└── RuntimeUnavailable    exit 4   no inference runtime for this model is installed
"""

from __future__ import annotations

from typing import ClassVar


class WbcEdgeError(Exception):
    """Base of every error of this package.

    `code` is a machine-readable snake_case word, `exit_code` what a command ends with, and
    `str(error)` a sentence for a person.
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.default_code


class UsageError(WbcEdgeError):
    """The command line or the arguments of a call make no sense."""

    exit_code = 2
    default_code = "usage"


class InputError(WbcEdgeError):
    """One input could not be turned into pixels.

    `code` is one of: not_found, is_a_directory, not_a_file, unreadable, empty, not_an_image,
    unsupported_format, unsupported_colour, unsupported_depth, truncated, damaged,
    too_many_bytes, too_many_pixels. `reason` is the sentence without the name of the input,
    `source` that name ("" where there is none).
    """

    exit_code = 1
    default_code = "unreadable"

    def __init__(self, reason: str, *, code: str | None = None, source: str = "") -> None:
        super().__init__(f"{source}: {reason}" if source else reason, code=code)
        self.reason = reason
        self.source = source


class GateFailed(WbcEdgeError):  # noqa: N818 - a verdict, named as one
    """A measured figure is worse than the limit that was set for it."""

    exit_code = 3
    default_code = "gate_failed"


class ModelError(WbcEdgeError):
    """A model cannot be used.

    `code` is one of: model_not_found, model_unreadable, model_corrupt, unsupported_model,
    card_missing, card_corrupt, card_invalid, hash_mismatch, shape_mismatch, output_not_finite,
    output_not_probabilities, index_invalid, golden_missing, probe_failed.
    """

    exit_code = 4
    default_code = "model_corrupt"


class RuntimeUnavailable(WbcEdgeError):  # noqa: N818 - a state of the machine
    """The inference runtime that a model needs is not installed or does not start."""

    exit_code = 4
    default_code = "runtime_unavailable"
