"""What belongs together: things that share a mark, directly or through others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def together(items: Sequence[T], marks: Callable[[T], Iterable[Hashable]]) -> list[list[T]]:
    """The items in sets, no mark standing in two of them, by a union-find over the marks.

    Sets come in the order of their first item, items within one in the order given; an item without
    a mark is alone.
    """
    parent: dict[Hashable, Hashable] = {}

    def root(node: Hashable) -> Hashable:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    own = [("item", number) for number in range(len(items))]
    for node, item in zip(own, items, strict=True):
        for mark in marks(item):
            parent[root(node)] = root(("mark", mark))
    sets: dict[Hashable, list[T]] = {}
    for node, item in zip(own, items, strict=True):
        sets.setdefault(root(node), []).append(item)
    return list(sets.values())
