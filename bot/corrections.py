"""From submitted forms to what a draft is to become: an instruction, or a corrected text.

Pure functions. Whatever cannot be used raises `BadField` with a sentence for the person.
"""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from bot import texts
from bot.errors import BadField
from bot.form_fields import typed
from bot.messages import INSTRUCTION_FIELD, FormDraft, text_field
from bot.parsing import clean_lines
from generation.content_types import ContentType


def parse_instruction(view: Mapping[str, Any]) -> str:
    """What should be different."""
    instruction = clean_lines(typed(view, INSTRUCTION_FIELD))
    if not instruction:
        raise BadField(INSTRUCTION_FIELD, texts.INSTRUCTION_MISSING)
    if len(instruction) > texts.MAX_INSTRUCTION_CHARACTERS:
        raise BadField(INSTRUCTION_FIELD, texts.instruction_too_long(len(instruction)))
    return instruction


def parse_correction(view: Mapping[str, Any], form: FormDraft, content_type: ContentType | None) -> str:
    """The text out of all its fields, joined as it was cut; of a kind with a schema, still of that shape."""
    text = ""
    for number, joint in enumerate(("", *form.joints), start=1):
        part = typed(view, text_field(number))
        text += (joint if text else "") + part if part.strip() else ""
    text = text.strip()
    first = text_field(1)
    if not text:
        raise BadField(first, texts.TEXT_MISSING)
    if content_type is not None and content_type.json_schema is not None:
        reason = _why_misshapen(text, content_type.json_schema)
        if reason is not None:
            raise BadField(first, texts.not_the_shape(reason))
    return text


def _why_misshapen(text: str, schema: Mapping[str, Any]) -> str | None:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg} in line {error.lineno}"
    fault = best_match(Draft202012Validator(schema).iter_errors(document))
    return None if fault is None else f"{fault.json_path}: {fault.message}"
