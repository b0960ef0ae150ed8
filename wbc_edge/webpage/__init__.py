"""What pages for a browser have in common: self-contained, made without any library."""

from __future__ import annotations

from html import escape

from wbc_edge.webpage.style import STYLE


def document(title: str, body: str) -> str:
    """The whole page around a body in HTML; the title is plain text."""
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )
