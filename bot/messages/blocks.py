"""The pieces that every layout is made of, and how strange text is kept from being markup.

What people or models wrote appears only in places that Slack does not read as markup
(`plain_text`, preformatted rich text), or escaped.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from generation.content_types import TextFormat

Block = dict[str, Any]

SECTION_LIMIT = 3000
MARKDOWN_LIMIT = 11_000
HEADER_LIMIT = 150
INPUT_LIMIT = 3000


def escape(text: str) -> str:
    """Slack's three escapes: nothing in the result can mention, link or ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def body(text: str, text_format: TextFormat) -> list[Block]:
    """The text itself, whole, split at paragraphs where one block cannot hold it."""
    if text_format is TextFormat.MARKDOWN:
        return [{"type": "markdown", "text": part} for part in split_text(tame(text), MARKDOWN_LIMIT)]
    if text_format is TextFormat.JSON:
        shown = [{"type": "text", "text": _indented(text)}]
        preformatted = {"type": "rich_text_preformatted", "elements": shown}
        return [{"type": "rich_text", "elements": [preformatted]}]
    return [unfolded(plain(part)) for part in split_text(text, SECTION_LIMIT)]


def split_text(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` characters, cut at paragraphs, then lines, then words."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        window = rest[:limit]
        cut = max(window.rfind("\n\n"), 0) or max(window.rfind("\n"), 0) or max(window.rfind(" "), 0) or limit
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def header(text: str) -> Block:
    shown = text if len(text) <= HEADER_LIMIT else text[: HEADER_LIMIT - 1].rstrip() + "…"
    return {"type": "header", "text": plain(shown)}


def subject(text: str) -> Block:
    """What a message is about, whole: in bold letters where a header cannot hold it."""
    if len(text) <= HEADER_LIMIT:
        return header(text)
    words = {"type": "text", "text": text, "style": {"bold": True}}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]}


def unfolded(text: Block) -> Block:
    """A section that is shown whole: Slack folds long ones behind “See more” unless it is told so."""
    return {"type": "section", "text": text, "expand": True}


def section(markup: str) -> Block:
    return {"type": "section", "text": mrkdwn(markup)}


def context(markup: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(markup)]}


def mrkdwn(markup: str) -> Block:
    """A text in Slack's markup."""
    return {"type": "mrkdwn", "text": markup}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def button(action_id: str, words: str, value: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(words), "value": value}


def checked_boxes(action_id: str, options: Sequence[Block], ticked: Collection[str]) -> Block:
    """Checkboxes, those ticked whose values are among `ticked`: Slack refuses an empty list of them."""
    initial = [choice for choice in options if choice["value"] in ticked]
    boxes: Block = {"type": "checkboxes", "action_id": action_id, "options": list(options)}
    return {**boxes, "initial_options": initial} if initial else boxes


def option(text: str, value: str) -> Block:
    return {"text": plain(text), "value": value}


def field(name: str, label: str, element: Block, *, optional: bool = False, hint: str | None = None) -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    return block if hint is None else {**block, "hint": plain(hint)}


def _indented(text: str) -> str:
    """JSON on lines of its own; anything else as it is, so that nothing a model wrote is hidden."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def tame(markdown: str) -> str:
    """Model-written Markdown that cannot mention anybody, hide a link or load a picture.

    Links and pictures fall apart into what they are made of, and reference definitions go, so an
    address is read as it is. `>` stays: it begins a quotation and can do nothing without `<`.
    """
    without_definitions = re.sub(r"(?m)^[ \t]{0,3}\[[^\]\n]+\]:.*$", "", markdown)
    return without_definitions.replace("](", "] (").replace("&", "&amp;").replace("<", "&lt;")
