"""What a model is told. The one place where a content type and a topic become messages."""

import hashlib
import json

from generation.content_types import ContentType
from generation.registry import ModelSpec, PromptFormat

Messages = tuple[dict[str, str], ...]


def build_messages(content_type: ContentType, spec: ModelSpec, topic: str) -> Messages:
    """The chat messages for one draft: one system message, and the topic as the user's.

    An instruct model is told the content type's prompt. A tagged model was trained on the names
    of content types and is told the name alone; its own chat template does the rest.
    """
    return (
        {"role": "system", "content": _instruction(content_type, spec)},
        {"role": "user", "content": topic.strip()},
    )


def prompt_version(content_type: ContentType, spec: ModelSpec) -> str:
    """Twelve hexadecimal digits that change exactly when what a model is told changes."""
    told = json.dumps([spec.prompt_format.value, _instruction(content_type, spec)])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _instruction(content_type: ContentType, spec: ModelSpec) -> str:
    if spec.prompt_format is PromptFormat.TAGGED:
        return content_type.name
    return content_type.prompt.strip()
