"""A draft's text in a modal; Markdown becomes rich text, because modals take no `markdown` blocks.

Headings, bold and code look as they are meant; everything else stands as it was written. Rich text has no
markup of its own, so nothing in it can mention anybody or hide a link.
"""

import re
from collections.abc import Iterator

from bot.messages.blocks import Block, body
from generation.content_types import TextFormat

_FENCE = re.compile(r"^```[^\n]*\n(.*?)(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.*)$")
_MARKED = re.compile(r"\*\*(.+?)\*\*|`([^`\n]+)`")


def body_in_modal(text: str, text_format: TextFormat) -> list[Block]:
    """The text itself, whole and unfolded, where Slack takes no `markdown` blocks."""
    if text_format is TextFormat.MARKDOWN:
        return [rich_markdown(text)]
    return body(text, text_format)


def rich_markdown(text: str) -> Block:
    """One `rich_text` block with all of the text."""
    elements: list[Block] = []
    end = 0
    for fence in _FENCE.finditer(text):
        elements += _prose(text[end : fence.start()])
        elements += _element("rich_text_preformatted", [_piece(fence[1].rstrip("\n"))])
        end = fence.end()
    return {"type": "rich_text", "elements": [*elements, *_prose(text[end:])]}


def _prose(text: str) -> list[Block]:
    pieces: list[Block] = []
    for line in text.strip("\n").splitlines(keepends=True):
        heading = _HEADING.match(line.rstrip("\n"))
        pieces += [_piece(heading[1], "bold"), _piece("\n")] if heading else _inline(line)
    return _element("rich_text_section", pieces)


def _inline(line: str) -> Iterator[Block]:
    end = 0
    for marked in _MARKED.finditer(line):
        yield _piece(line[end : marked.start()])
        yield _piece(marked[1], "bold") if marked[1] is not None else _piece(marked[2], "code")
        end = marked.end()
    yield _piece(line[end:])


def _element(kind: str, pieces: list[Block]) -> list[Block]:
    filled = [piece for piece in pieces if piece["text"]]
    return [{"type": kind, "elements": filled}] if filled else []


def _piece(text: str, style: str | None = None) -> Block:
    piece: Block = {"type": "text", "text": text}
    return {**piece, "style": {style: True}} if style is not None else piece
