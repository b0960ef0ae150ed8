from __future__ import annotations

from export import figures, pages


def test_readme_shows_what_the_shipped_cards_say() -> None:
    text = figures.README.read_text(encoding="utf-8")
    assert figures.place(text, "figures", figures.render()) == text, "run: python -m export.figures"


def test_every_shipped_network_has_its_page() -> None:
    networks = figures.networks()
    assert {path.stem for path in pages.FOLDER.glob("*.md")} == set(networks)
    for name, files in networks.items():
        text = (pages.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert text == pages.page(name, files), "run: python -m export.figures"
        for model, described in files:
            assert model.path.name in text
            assert all(label in text for label in described.labels)
