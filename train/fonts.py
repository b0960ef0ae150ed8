"""The type of plots, which show names of classes in whatever script they are written."""

from __future__ import annotations

import logging
from functools import lru_cache

from matplotlib import font_manager

FIRST = "DejaVu Sans"
"""Comes with Matplotlib; has Latin, Greek and Cyrillic letters."""

FURTHER = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "Malgun Gothic",
    "Noto Sans Arabic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Last Resort High-Efficiency",
)
"""Of systems, for what the first one lacks; the last comes with Matplotlib, and marks the rest."""


# That one of them has no bold letters is told of every plot else.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


@lru_cache
def families() -> tuple[str, ...]:
    """The fonts among these that are installed here, in the order in which they are asked."""
    installed = set(font_manager.get_font_names())
    return (FIRST, *(name for name in FURTHER if name in installed))
