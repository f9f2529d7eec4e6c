"""The forms in which people ask for a draft and write the house style."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import texts
from bot.messages.blocks import Block, context, field, option, plain
from generation.content_types import ContentType

DRAFT_FORM = "draft_form"
STYLE_FORM = "style_form"


@dataclass(frozen=True)
class FormPlace:
    """Where the form was opened, and so where its draft goes. Travels in the form itself."""

    channel_id: str
    thread_ts: str | None = None
    from_message: bool = False

    def to_metadata(self) -> str:
        return json.dumps(self.__dict__)

    @classmethod
    def from_metadata(cls, metadata: str) -> "FormPlace":
        return cls(**json.loads(metadata))


def draft_form(
    content_types: Iterable[ContentType],
    place: FormPlace,
    *,
    topic: str = "",
    facts: str = "",
    has_style: bool = False,
) -> dict[str, Any]:
    """The modal behind `/draft` alone and behind “Draft from this message”, which fills it in."""
    kinds = [option(kind.title, kind.name) for kind in content_types]
    select: Block = {
        "type": "static_select",
        "action_id": "kind",
        "options": kinds,
        "initial_option": kinds[0],
    }
    pair: Block = {"type": "checkboxes", "action_id": "pair", "options": [option(texts.PAIR_OPTION, "pair")]}
    blocks = [
        field("kind", texts.KIND_LABEL, select),
        field(
            "topic",
            texts.TOPIC_LABEL,
            _input("topic", texts.MAX_TOPIC_CHARACTERS, texts.TOPIC_PLACEHOLDER, topic),
        ),
        _detail("tone", texts.TONE_LABEL, texts.TONE_PLACEHOLDER),
        _detail("audience", texts.AUDIENCE_LABEL, texts.AUDIENCE_PLACEHOLDER),
        _detail("language", texts.LANGUAGE_LABEL, texts.LANGUAGE_PLACEHOLDER),
        field(
            "facts",
            texts.FACTS_LABEL,
            _input("facts", texts.MAX_FACTS_CHARACTERS, None, facts, multiline=True),
            optional=True,
            hint=texts.FACTS_HINT,
        ),
        field("pair", texts.PAIR_LABEL, pair, optional=True),
        *([context(texts.STYLE_APPLIES)] if has_style else []),
    ]
    return _modal(
        DRAFT_FORM, texts.DRAFT_FORM_TITLE, texts.DRAFT_FORM_SUBMIT, blocks, metadata=place.to_metadata()
    )


def style_form(text: str, *, origin: str = "") -> dict[str, Any]:
    """The modal in which an editor writes the house style; `origin` comes back with it."""
    editor = _input("style", texts.MAX_STYLE_CHARACTERS, None, text, multiline=True)
    blocks = [field("style", texts.STYLE_LABEL, editor, optional=True, hint=texts.STYLE_HINT)]
    return _modal(STYLE_FORM, texts.STYLE_FORM_TITLE, texts.STYLE_FORM_SUBMIT, blocks, metadata=origin)


def _detail(name: str, label: str, placeholder: str) -> Block:
    return field(name, label, _input(name, texts.MAX_DETAIL_CHARACTERS, placeholder, ""), optional=True)


def _input(name: str, limit: int, placeholder: str | None, value: str, *, multiline: bool = False) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "max_length": limit,
        "multiline": multiline,
    }
    if placeholder is not None:
        element["placeholder"] = plain(placeholder)
    if value:
        element["initial_value"] = value[:limit]
    return element


def _modal(
    callback_id: str, title: str, submit: str, blocks: list[Block], metadata: str = ""
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain(texts.CANCEL),
        "blocks": blocks,
    }
