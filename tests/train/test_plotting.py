from __future__ import annotations

from train import plotting


def _drawn() -> str:
    with plotting.styled():
        figure = plotting.figure(2, 1)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=plotting.COLOURS[0])
        axes.set_title("one")
        return plotting.to_svg(figure, 'a "line" & <more>')


def test_text_follows_the_page_and_data_keep_their_colour() -> None:
    svg = _drawn()
    assert plotting.INK not in svg
    assert "currentColor" in svg
    assert plotting.COLOURS[0] in svg
    head = svg[: svg.index(">")]
    assert 'aria-label="a &quot;line&quot; &amp; &lt;more&gt;"' in head
    assert "max-width: 224px" in head
    assert "viewBox=" in head


def test_a_picture_that_stands_alone_keeps_its_ink() -> None:
    with plotting.styled(plotting.GREY):
        figure = plotting.figure(2, 1)
        figure.add_subplot().set_title("one")
        svg = plotting.to_svg(figure, "one")
    assert plotting.GREY in svg
    assert "currentColor" not in svg


def test_the_same_figures_give_the_same_plot() -> None:
    assert _drawn() == _drawn()


def test_names_in_any_script_are_drawn() -> None:
    with plotting.styled():
        figure = plotting.figure(2, 1)
        figure.add_subplot().set_title("单核细胞, моноцит, وحيدة")  # a warning would be an error
        assert "<svg" in plotting.to_svg(figure, "a name")


def test_every_line_of_a_dozen_is_told_apart() -> None:
    pairs = list(zip(plotting.colours(12), plotting.dashes(12), strict=True))
    assert len(set(pairs)) == 12
