"""Text that comes token by token is the text that would have come at once."""

from hypothesis import example, given
from hypothesis import strategies as st

from generation.text_stream import IncrementalDecoder, StopScanner


def _decode_bytes(tokens: list[int]) -> str:
    """A tokenizer whose tokens are the bytes of UTF-8."""
    return bytes(tokens).decode(errors="replace")


def _decode_words(tokens: list[int]) -> str:
    """A tokenizer that writes no space before the first word of whatever it decodes."""
    return " ".join(f"w{token}" for token in tokens)


def _stream(tokens: list[int]) -> list[str]:
    decoder = IncrementalDecoder(_decode_bytes)
    return [decoder.push(token) for token in tokens]


@given(st.text())
@example("東京 🎉 café")
def test_whole_characters_come_exactly_once(text: str) -> None:
    pieces = _stream(list(text.encode("utf-8", "ignore")))
    assert "".join(pieces) == text.encode("utf-8", "ignore").decode()


@given(st.binary(max_size=60))
@example(b"abc\xff\xc3")
@example(b"\xf0\x9f\x8e\xff\xc3\xa9")
def test_broken_bytes_neither_crash_nor_take_text_back(garbage: bytes) -> None:
    shown = "".join(_stream(list(garbage)))
    whole = garbage.decode(errors="replace")
    assert whole.startswith(shown)
    assert set(whole[len(shown) :]) <= {"\N{REPLACEMENT CHARACTER}"}


def test_an_incomplete_character_is_held_back() -> None:
    assert _stream(list("é!".encode())) == ["", "é", "!"]


def test_a_space_that_depends_on_the_context_is_kept() -> None:
    decoder = IncrementalDecoder(_decode_words)
    assert "".join(decoder.push(token) for token in range(200)) == _decode_words(list(range(200)))


def _scan(pieces: list[str], *stops: str) -> tuple[str, bool]:
    scanner = StopScanner(stops)
    shown = ""
    for piece in pieces:
        shown += scanner.push(piece)
        if scanner.stopped:
            return shown, True
    return shown + scanner.flush(), False


def test_a_stop_string_in_pieces_ends_the_text_before_it() -> None:
    assert _scan(["one E", "N", "D two"], "END") == ("one ", True)


def test_the_first_of_several_stops_counts() -> None:
    assert _scan(["a##b--c"], "--", "##") == ("a", True)


def test_what_only_looked_like_a_stop_is_shown_in_the_end() -> None:
    assert _scan(["wait EN"], "END") == ("wait EN", False)


@given(st.lists(st.text("ab#", max_size=4)), st.lists(st.text("ab#", min_size=1, max_size=3), max_size=3))
def test_pieces_do_not_matter(pieces: list[str], stops: list[str]) -> None:
    text = "".join(pieces)
    found = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    expected = (text[: min(found)[1]], True) if found else (text, False)
    assert _scan(pieces, *stops) == _scan(list(text), *stops) == expected
