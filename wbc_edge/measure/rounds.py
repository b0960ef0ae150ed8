"""The order of turns: in every round all take part, so that a drift of the machine hits all alike.

`latency` shuffles instead: its rounds are so short that a rhythm of other work could favour one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def rotating(items: Sequence[Item], rounds: int) -> Iterator[tuple[Item, ...]]:
    """The items as they come in each of `rounds`: the next one begins every time."""
    for number in range(rounds):
        turn = number % max(1, len(items))
        yield (*items[turn:], *items[:turn])
