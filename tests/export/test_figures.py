from __future__ import annotations

from export import figures


def test_readme_shows_what_the_shipped_cards_say() -> None:
    text = figures.README.read_text(encoding="utf-8")
    assert figures.place(text, "figures", figures.render()) == text, "run: python -m export.figures"
