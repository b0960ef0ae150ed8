"""The checks of an audit, one module each, and the registry that names them."""

from __future__ import annotations

from train.audit.checks import (
    across,
    balance,
    copies,
    doubtful,
    empty,
    exact,
    giveaways,
    labels,
    leaks,
    lookalikes,
    names,
    unreadable,
)
from train.audit.finding import Check

CHECKS: dict[str, Check] = {
    "unreadable": unreadable.check,
    "doubtful": doubtful.check,
    "names": names.check,
    "empty": empty.check,
    "balance": balance.check,
    "exact": exact.check,
    "lookalikes": lookalikes.check,
    "copies": copies.check,
    "labels": labels.check,
    "giveaways": giveaways.check,
    "leaks": leaks.check,
    "across": across.check,
}
