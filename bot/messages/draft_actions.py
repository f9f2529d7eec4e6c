"""What its requester can do with a draft: buttons, a menu, forms, and how the message looks afterwards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot import texts
from bot.messages.blocks import (
    INPUT_LIMIT,
    Block,
    button,
    context,
    escape,
    field,
    option,
    plain,
    section,
    subject,
)

MORE_ACTION = "draft_more"
REWRITE_FORM = "rewrite_form"
EDIT_FORM = "edit_form"
DISCARD_FORM = "discard_form"
INSTRUCTION_FIELD = "instruction"

COPY_LIMIT = 11_500
"""Characters of a preformatted text with its escapes: Slack refuses messages of about 13,000 in all."""
PART_LIMIT = 2600
"""Of a long text in one field, so that something may be added to it: a field takes 3,000."""


class DraftAct(StrEnum):
    """What can be done with one draft by whoever asked for it, or an editor."""

    COPY = "copy"
    REWRITE = "rewrite"
    EDIT = "edit"
    DISCARD = "discard"


@dataclass(frozen=True)
class FormDraft:
    """Which draft a form is about and in which thread an answer goes. Travels in the form itself.

    `based_on` is the edit whose text was opened, `joints` is what stood between the parts of that text.
    """

    draft_id: str
    thread_ts: str
    based_on: str | None = None
    joints: tuple[str, ...] = ()

    def to_metadata(self) -> str:
        return json.dumps(self.__dict__)

    @classmethod
    def from_metadata(cls, metadata: str) -> "FormDraft":
        given = json.loads(metadata)
        return cls(**{**given, "joints": tuple(given["joints"])})


def act_buttons(draft_id: str) -> list[Block]:
    """The most wanted as buttons, the rest in a menu: for the row under a draft that stands alone."""
    return [
        button(act_action(DraftAct.COPY), texts.COPY_BUTTON, draft_id),
        button(act_action(DraftAct.REWRITE), texts.REWRITE_BUTTON, draft_id),
        act_menu(draft_id, (DraftAct.EDIT, DraftAct.DISCARD)),
    ]


def act_menu(draft_id: str, acts: Sequence[DraftAct] = tuple(DraftAct)) -> Block:
    """The menu behind “⋯”."""
    words = {
        DraftAct.COPY: texts.COPY_BUTTON,
        DraftAct.REWRITE: texts.REWRITE_BUTTON,
        DraftAct.EDIT: texts.EDIT_BUTTON,
        DraftAct.DISCARD: texts.DISCARD_BUTTON,
    }
    options = [option(words[act], f"{draft_id}.{act}") for act in acts]
    return {"type": "overflow", "action_id": MORE_ACTION, "options": options}


def act_action(act: DraftAct) -> str:
    return f"draft_{act}"


def discarded_message(*, label: str, discarded_by: str, topic: str, caption: str) -> tuple[str, list[Block]]:
    """What stands where a draft was. `caption` in Slack's markup."""
    said = texts.discarded(label, discarded_by)
    return said, [subject(topic), context(caption), section(said)]


def copy_message(label: str, text: str, limit: int | None) -> tuple[str, list[Block]] | None:
    """The plain text, ready to be copied, with its length; None where no message can hold it."""
    counted = texts.copy_ready(label, len(text), limit)
    shown = [{"type": "text", "text": text}]
    preformatted = {"type": "rich_text_preformatted", "elements": shown}
    block = {"type": "rich_text", "elements": [preformatted]}
    if len(json.dumps(block, ensure_ascii=False)) > COPY_LIMIT:
        return None
    return counted, [section(counted), block]


def copy_file_name(label: str) -> str:
    return f"{label.replace(' ', '-')}.txt"


def rewrite_form(draft: FormDraft, label: str) -> dict[str, Any]:
    """The modal behind “Rewrite”."""
    instruction: Block = {
        "type": "plain_text_input",
        "action_id": INSTRUCTION_FIELD,
        "multiline": True,
        "max_length": texts.MAX_INSTRUCTION_CHARACTERS,
        "placeholder": plain(texts.REWRITE_PLACEHOLDER),
    }
    blocks = [field(INSTRUCTION_FIELD, texts.REWRITE_LABEL, instruction, hint=texts.REWRITE_HINT)]
    return _modal(REWRITE_FORM, texts.REWRITE_TITLE, texts.REWRITE_SUBMIT, draft, label, blocks)


def edit_form(draft_id: str, thread_ts: str, label: str, text: str, based_on: str | None) -> dict[str, Any]:
    """The modal behind “Edit”, with the text as it is now, in as many fields as it takes."""
    parts, joints = cut(text, PART_LIMIT)
    blocks = []
    for number, part in enumerate(parts, start=1):
        is_last = number == len(parts)
        words = texts.text_part(number, len(parts)) if len(parts) > 1 else texts.EDIT_LABEL
        editor: Block = {
            "type": "plain_text_input",
            "action_id": text_field(number),
            "multiline": True,
            "max_length": INPUT_LIMIT,
            "initial_value": part,
        }
        hint = texts.EDIT_HINT if is_last else None
        blocks.append(field(text_field(number), words, editor, optional=len(parts) > 1, hint=hint))
    draft = FormDraft(draft_id, thread_ts, based_on, tuple(joints))
    return _modal(EDIT_FORM, texts.EDIT_TITLE, texts.FORM_SAVE, draft, label, blocks)


def discard_form(draft: FormDraft, label: str) -> dict[str, Any]:
    """The modal that asks back before a draft is discarded."""
    question = [section(texts.discard_question(escape(label)))]
    view = _modal(DISCARD_FORM, texts.DISCARD_TITLE, texts.DISCARD_SUBMIT, draft, label, [])
    return {**view, "blocks": question, "close": plain(texts.DISCARD_CLOSE)}


def text_field(number: int) -> str:
    """Of the part of a text, counted from 1."""
    return f"text{number}"


def cut(text: str, limit: int) -> tuple[list[str], list[str]]:
    """`text` in parts of at most `limit` characters, and what stood between them: nothing is lost."""
    parts: list[str] = []
    joints: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        joint = next((each for each in ("\n\n", "\n", " ") if rest.rfind(each, 1, limit) > 0), "")
        at = rest.rfind(joint, 1, limit) if joint else limit
        parts.append(rest[:at])
        joints.append(joint)
        rest = rest[at + len(joint) :]
    return [*parts, rest], joints


def _modal(
    callback_id: str, title: str, submit: str, draft: FormDraft, label: str, blocks: Sequence[Block]
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": draft.to_metadata(),
        "title": plain(title),
        "submit": plain(submit),
        "close": plain(texts.CANCEL),
        "blocks": [context(f"*{escape(label)}*"), *blocks],
    }
