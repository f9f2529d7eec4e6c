"""Answers to one person: help, and lists of what there is."""

from collections.abc import Sequence

from bot import texts
from bot.messages.blocks import Block, context, escape, mrkdwn, section, unfolded
from evaluation.tables import HouseStyle
from generation.content_types import ContentType

SECTION_LINES = 7
MODELS_BLOCK = "models"
"""Marks the one list that names models."""

Layout = tuple[str, list[Block]]


def help_message(content_types: Sequence[ContentType]) -> tuple[str, list[Block]]:
    """What can be asked for, one way a line."""
    groups = [
        "\n".join(f"`{escape(command)}`  {escape(what)}" for command, what in commands)
        for commands in (texts.WAYS_TO_ASK, texts.WAYS_TO_LOOK)
    ]
    kinds = [escape(texts.kind_line(kind)) for kind in content_types]
    blocks = [
        _heading(texts.HELP_HEADING),
        *(section(group) for group in groups),
        *_sections([f"*{escape(texts.TYPES_HEADING)}*", *kinds]),
        context(escape(texts.help_example(content_types[0]))),
    ]
    return texts.HELP_HEADING, blocks


def list_message(
    heading: str, lines: Sequence[str], note: str | None = None, *, block_id: str | None = None
) -> tuple[str, list[Block]]:
    """A heading and lines below it, in Slack's markup; `note` in small letters at the end."""
    blocks = [_heading(heading), *_sections(lines)]
    if note is not None:
        blocks.append(context(note))
    if block_id is not None:
        blocks[0]["block_id"] = block_id
    return heading, blocks


def own_draft(label: str, topic: str, line: str) -> str:
    """One line of the list of one's own drafts; `line` in Slack's markup."""
    shown = topic if len(topic) <= 100 else topic[:99].rstrip() + "…"
    return f"*{escape(label)}* · {escape(shown)}\n{line}"


def style_message(style: HouseStyle | None, reader_id: str) -> Layout:
    """The house style for somebody who may read it and not change it."""
    shown = escape(style.text) if style is not None else texts.NO_STYLE
    author = [context(texts.style_author(style.author_id, style.created_at))] if style is not None else []
    blocks = [
        _heading(texts.STYLE_HEADING),
        unfolded(mrkdwn(shown)),
        *author,
        context(texts.only_editors(reader_id)),
    ]
    return texts.STYLE_HEADING, blocks


def _sections(lines: Sequence[str]) -> list[Block]:
    """So many lines a section, that none is too long for Slack; what takes more than a line has its own."""
    step = 1 if any("\n" in line for line in lines) else SECTION_LINES
    parts = ("\n".join(lines[start : start + step]) for start in range(0, len(lines), step))
    return [unfolded(mrkdwn(part)) for part in parts]


def _heading(text: str) -> Block:
    return section(f"*{escape(text)}*")
