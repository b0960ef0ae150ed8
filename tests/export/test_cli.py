from __future__ import annotations

import inspect
from typing import get_args

from export import cli
from export.build import UNSTATED
from export.quantise.calibrators import CALIBRATORS


def test_what_the_command_line_repeats_is_the_librarys() -> None:
    """It stands there again, for what it comes from takes long to import."""
    told = inspect.signature(cli.export, eval_str=True).parameters
    choices, _ = get_args(told["calibrator"].annotation)
    assert set(get_args(choices)) == set(CALIBRATORS)
    assert told["licence"].default == UNSTATED
