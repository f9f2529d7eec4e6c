"""Markdown in modals: shaped as it is meant, nothing lost, nothing that acts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.messages.rich_markdown import body_in_modal, rich_markdown
from bot.playground.block_kit.validation import check_view
from generation.content_types import TextFormat

TEXT = "# Retries\n\nRetry **reads** and `GET`.\n\n```sh\ncurl -f\n```\n\n- <@U1> & [link](http://a)"


def pieces(text: str) -> list[dict[str, Any]]:
    return [piece for element in rich_markdown(text)["elements"] for piece in element["elements"]]


def test_headings_bold_and_code_look_as_they_are_meant() -> None:
    styled = {piece["text"]: piece["style"] for piece in pieces(TEXT) if "style" in piece}
    assert styled == {"Retries": {"bold": True}, "reads": {"bold": True}, "GET": {"code": True}}
    kinds = [element["type"] for element in rich_markdown(TEXT)["elements"]]
    assert kinds == ["rich_text_section", "rich_text_preformatted", "rich_text_section"]


def test_nothing_in_it_mentions_or_links() -> None:
    assert {piece["type"] for piece in pieces(TEXT)} == {"text"}
    assert any("<@U1> & [link](http://a)" in piece["text"] for piece in pieces(TEXT))


@given(
    st.text(alphabet="ab *`#\n", min_size=1, max_size=200)
    .filter(str.strip)
    .filter(lambda text: "```" not in text)
)
def test_no_letter_is_lost(text: str) -> None:
    shown = "".join(piece["text"] for piece in pieces(text))
    assert [letter for letter in shown if letter in "ab"] == [letter for letter in text if letter in "ab"]


def test_a_long_plain_text_is_unfolded_in_a_modal() -> None:
    blocks = body_in_modal("word " * 2000, TextFormat.PLAIN)
    assert len(blocks) > 1
    assert all(block["expand"] for block in blocks)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": blocks}
    check_view(view, kind="modal")
