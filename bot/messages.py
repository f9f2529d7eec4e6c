"""Block layouts: pure functions from values to what Slack shows.

What people or models wrote appears only in places that Slack does not read as markup
(`plain_text`, preformatted rich text), or escaped. Values, block ids and action ids carry
opaque draft ids only, so that no client of a rater can see who wrote a draft.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from bot import texts
from generation.content_types import ContentType, TextFormat

Block = dict[str, Any]

THUMB_ACTION = "rate_thumb"
SCORE_ACTION = "rate_score"
SCORE_FORM = "score_form"
DRAFT_BLOCK_PREFIX = "draft."

SECTION_LIMIT = 3000
MARKDOWN_LIMIT = 11_000
HEADER_LIMIT = 150
INPUT_LIMIT = 3000


def escape(text: str) -> str:
    """Slack's three escapes: nothing in the result can mention, link or ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def draft_message(
    *, draft_id: str, label: str, content_type: ContentType, topic: str, text: str, requester_id: str
) -> tuple[str, list[Block]]:
    """The notification text and the blocks of one draft under its neutral label."""
    blocks = [
        header(topic),
        context(texts.draft_caption(label, content_type.title, requester_id)),
        *body(text, content_type.format),
        {
            "type": "context_actions",
            "block_id": thumb_block_id(draft_id),
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": THUMB_ACTION,
                    "positive_button": {"text": plain(texts.THUMB_UP), "value": f"{draft_id}.up"},
                    "negative_button": {"text": plain(texts.THUMB_DOWN), "value": f"{draft_id}.down"},
                }
            ],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": SCORE_ACTION,
                    "text": plain(texts.RATE_BUTTON),
                    "value": draft_id,
                }
            ],
        },
        context(texts.RATE_HINT),
    ]
    return f"{label}: {content_type.title} about {escape(topic)}", blocks


def body(text: str, text_format: TextFormat) -> list[Block]:
    """The text itself, whole, split at paragraphs where one block cannot hold it."""
    if text_format is TextFormat.MARKDOWN:
        return [{"type": "markdown", "text": part} for part in split_text(_tame(text), MARKDOWN_LIMIT)]
    if text_format is TextFormat.JSON:
        shown = [{"type": "text", "text": _indented(text)}]
        preformatted = {"type": "rich_text_preformatted", "elements": shown}
        return [{"type": "rich_text", "elements": [preformatted]}]
    return [{"type": "section", "text": plain(part)} for part in split_text(text, SECTION_LIMIT)]


def score_form(
    *,
    draft_id: str,
    label: str,
    text: str,
    score: int | None,
    reasons: Sequence[str],
    correction: str | None,
) -> dict[str, Any]:
    """The modal behind “Rate 1–10”, filled with what this rater said before."""
    score_options = [option(texts.SCORE_WORDS.get(value, str(value)), str(value)) for value in range(1, 11)]
    reason_options = [option(words, name) for name, words in texts.REASONS.items()]
    ticked = [choice for choice in reason_options if choice["value"] in reasons]
    select: Block = {
        "type": "static_select",
        "action_id": "score",
        "placeholder": plain(texts.SCORE_PLACEHOLDER),
        "options": score_options,
    }
    if score is not None:
        select["initial_option"] = score_options[score - 1]
    checkboxes: Block = {"type": "checkboxes", "action_id": "reasons", "options": reason_options}
    if ticked:
        checkboxes["initial_options"] = ticked
    editor: Block = {
        "type": "plain_text_input",
        "action_id": "correction",
        "multiline": True,
        "max_length": INPUT_LIMIT,
    }
    if len(correction or text) <= INPUT_LIMIT:
        editor["initial_value"] = correction or text
    return {
        "type": "modal",
        "callback_id": SCORE_FORM,
        "private_metadata": draft_id,
        "title": plain(texts.SCORE_FORM_TITLE),
        "submit": plain(texts.SUBMIT),
        "close": plain(texts.CANCEL),
        "blocks": [
            context(f"*{label}*"),
            field("score", texts.SCORE_LABEL, select),
            field("reasons", texts.REASONS_LABEL, checkboxes, optional=True),
            field("correction", texts.CORRECTION_LABEL, editor, optional=True, hint=texts.CORRECTION_HINT),
        ],
    }


def report_message(
    *,
    report_id: str,
    title: str,
    headline: str,
    header_row: Sequence[str],
    rows: Sequence[Sequence[str]],
    caveats: Sequence[str],
    footer: str,
) -> tuple[str, list[Block]]:
    """The ranking as a table: two columns of words (rank and model), the others are figures."""
    blocks: list[Block] = [header(title), {"type": "section", "text": plain(headline)}]
    if rows:
        blocks.append(
            {
                "type": "table",
                "column_settings": [{"align": "left"}] * 2 + [{"align": "right"}] * (len(header_row) - 2),
                "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in (header_row, *rows)],
            }
        )
    if caveats:
        blocks.append(context("\n".join(f"• {escape(caveat)}" for caveat in caveats)))
    blocks.append({**context(footer), "block_id": report_block_id(report_id)})
    return f"{escape(title)}: {escape(headline)}", blocks


def home_view(content_types: Sequence[ContentType], drafts: int, ratings: int) -> dict[str, Any]:
    """The App Home: what Copydesk does, how to ask, how to rate, and one's own numbers."""
    kinds = [section(texts.home_kind(kind)) for kind in content_types]
    blocks = [
        header(texts.HOME_TITLE),
        section(texts.HOME_INTRO),
        section(texts.home_numbers(drafts, ratings)),
        {"type": "divider"},
        *kinds,
        {"type": "divider"},
        section(texts.HOME_HOW_TO_RATE),
    ]
    return {"type": "home", "blocks": blocks}


def thumb_block_id(draft_id: str) -> str:
    return f"{DRAFT_BLOCK_PREFIX}{draft_id}"


def report_block_id(report_id: str) -> str:
    return f"report.{report_id}"


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


def section(mrkdwn: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}


def context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


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


def _tame(markdown: str) -> str:
    """Model-written Markdown that cannot mention anybody, hide a link or load a picture.

    Links and pictures fall apart into what they are made of, and reference definitions go, so an
    address is read as it is. `>` stays: it begins a quotation and can do nothing without `<`.
    """
    without_definitions = re.sub(r"(?m)^[ \t]{0,3}\[[^\]\n]+\]:.*$", "", markdown)
    return without_definitions.replace("](", "] (").replace("&", "&amp;").replace("<", "&lt;")
