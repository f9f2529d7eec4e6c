"""Texts end with a whole sentence before they get too long, and nothing shown is taken back."""

from hypothesis import given
from hypothesis import strategies as st

from generation.length_bounds import LengthBounds


def _show(pieces: list[str], max_words: int | None, *, cut: bool = False) -> tuple[str, bool]:
    """What is shown of a text that comes in pieces, and whether it was ended for its length."""
    bounds = LengthBounds(max_words)
    shown = ""
    for piece in pieces:
        shown += bounds.push(piece)
        if bounds.exceeded:
            return shown, True
    return shown + bounds.finish(cut=cut), False


def test_a_text_within_its_bounds_is_shown_as_it_is() -> None:
    assert _show(["One two. ", "Three", " four"], 4) == ("One two. Three four", False)


def test_a_text_that_gets_too_long_ends_with_its_last_whole_sentence() -> None:
    assert _show(list("One two. Three four five."), 4) == ("One two.", True)


def test_a_first_sentence_that_is_too_long_is_cut_between_words() -> None:
    assert _show(list("one two three four five"), 3) == ("one two three", True)


def test_a_text_cut_off_by_its_tokens_keeps_whole_sentences() -> None:
    assert _show(["Done. And then"], 50, cut=True) == ("Done.", False)
    assert _show(["Done. And done."], 50, cut=True) == ("Done. And done.", False)
    assert _show(["no sentence"], 50, cut=True) == ("no sentence", False)


def test_a_text_without_bounds_is_shown_at_once_and_to_its_end() -> None:
    assert _show(["Done. And then"], None, cut=True) == ("Done. And then", False)


def test_a_decimal_point_ends_no_sentence_and_a_line_does() -> None:
    assert _show(list("It grew by 3.5 percent today"), 5) == ("It grew by 3.5 percent", True)
    assert _show(list("# A heading\nAnd one two three"), 5) == ("# A heading", True)


def test_the_first_sentence_is_shown_as_it_comes() -> None:
    bounds = LengthBounds(20)
    assert bounds.push("A first") == "A first"
    assert bounds.push(" one. Then") == " one."
    assert bounds.push(" more") == ""


@given(st.text("ab. !\n"), st.integers(1, 6), st.booleans())
def test_pieces_do_not_matter_and_the_bound_holds(text: str, max_words: int, cut: bool) -> None:
    shown, _ = _show(list(text), max_words, cut=cut)
    assert text.startswith(shown)
    assert len(shown.split()) <= max_words
