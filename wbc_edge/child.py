"""Another Python, for what is not to be met in this process: a cold start, a file that may end it.

It imports nothing from the current folder: a `numpy.py` among somebody's files is none of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Python would search the current folder first. From 3.11 on an option keeps it from that; on 3.10
# what it runs begins by taking the folder, "", off the path. The folder of this package goes on
# only where the child lacks it, in a checkout that is not installed: of a whole environment, put
# first, it would go before Python's own modules.
_SAFE = ("-P",) if sys.version_info >= (3, 11) else ()
_START = (
    "import sys; sys.path[:1] = filter(None, sys.path[:1]); "
    f"home = {str(Path(__file__).parents[1])!r}; home in sys.path or sys.path.insert(0, home); "
)


def command(code: str, *arguments: str) -> list[str]:
    """What starts a Python that runs `code`, which finds `sys` imported, and them in `sys.argv`."""
    return [sys.executable, *_SAFE, "-c", _START + code, *arguments]
