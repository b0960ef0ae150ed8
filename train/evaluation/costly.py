"""What single slides or originals cost: wrong answers that are all of one making.

Of copies of a few pictures, a percentage says little: one picture that is called something else may
be the difference between two networks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Costly:
    """Cells that were made from one another, some of which are called something else.

    `truth` is the class of most of the wrong ones, `called` what these were mostly taken for.
    """

    group: str
    truth: str
    called: str
    cells: int
    wrong: int


def costliest(
    groups: Sequence[str], truth: Sequence[str], named: Sequence[str]
) -> tuple[Costly, ...]:
    """The groups of several cells with the most wrong answers, the costliest first.

    Args:
        groups: what each cell was made from.
        truth: its class.
        named: what it was called.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[group].append(number)
    found = []
    for group, cells in members.items():
        wrong = [cell for cell in cells if named[cell] != truth[cell]]
        if wrong and len(cells) > 1:
            ((label, _),) = Counter(truth[cell] for cell in wrong).most_common(1)
            taken = Counter(named[cell] for cell in wrong if truth[cell] == label)
            found.append(
                Costly(
                    group=group,
                    truth=label,
                    called=taken.most_common(1)[0][0],
                    cells=len(cells),
                    wrong=len(wrong),
                )
            )
    return tuple(sorted(found, key=lambda one: (-one.wrong, one.group))[:SHOWN])
