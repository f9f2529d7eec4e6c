"""What a model is told. The one place where a content type and a topic become a prompt.

    chat      messages: the content type's prompt, then the topic; or the type's name, for a tagged model
    base      a text to go on with: worked examples, then the topic under the same headings
    seq2seq   one instruction

A topic comes from anybody, so it must not be able to speak with another voice: in a completion
prompt it stays on one line, and nothing in it reads as a tokenizer's special token.
"""

import hashlib
import json
import re
from typing import Final

from generation.content_types import ContentType
from generation.registry import ModelKind, ModelSpec, PromptFormat

Messages = tuple[dict[str, str], ...]

RULE: Final = "====="
"""Ends each example. Neither prose nor Markdown has a line that begins so, and a topic cannot."""
TOPIC: Final = "Topic:"

_SPECIAL_TOKEN = re.compile(r"<(?=\|)|<(?=/?\w+>)|\[(?=/?(?:INST|TOOL\w+|AVAILABLE_TOOLS)\])")
"""How the tokenizers of the catalogue's models spell their control tokens: <|end|>, </s>, [INST] …"""
_RULE_IN_TOPIC = re.compile(r"={3,}")
_PLACEHOLDER: Final = "…"


def build_messages(content_type: ContentType, spec: ModelSpec, topic: str) -> Messages | str:
    """What one draft is asked for with: chat messages, or a plain prompt for the models that take one.

    An instruct model is told the content type's prompt. A tagged model was trained on the names
    of content types and is told the name alone; its own chat template does the rest.
    """
    match spec.kind:
        case ModelKind.BASE:
            return _completion_prompt(content_type, _one_line(topic))
        case ModelKind.SEQ2SEQ:
            return _instruction_prompt(content_type, _one_line(topic))
        case ModelKind.CHAT:
            return (
                {"role": "system", "content": _instruction(content_type, spec)},
                {"role": "user", "content": _defused(topic.strip())},
            )


def stop_strings(content_type: ContentType, spec: ModelSpec) -> tuple[str, ...]:
    """Where a text ends: what the content type says, and where a base model begins the next example."""
    if spec.kind is ModelKind.BASE:
        return (*content_type.sampling.stop, f"\n{RULE}", f"\n{TOPIC}")
    return content_type.sampling.stop


def prompt_version(content_type: ContentType, spec: ModelSpec) -> str:
    """Twelve hexadecimal digits that change exactly when what a model is told changes."""
    if spec.kind is ModelKind.CHAT:
        told = [spec.prompt_format.value, _instruction(content_type, spec)]
    else:
        told = [spec.kind.value, str(build_messages(content_type, spec, _PLACEHOLDER))]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


def _instruction(content_type: ContentType, spec: ModelSpec) -> str:
    if spec.prompt_format is PromptFormat.TAGGED:
        return content_type.name
    return content_type.prompt.strip()


def _instruction_prompt(content_type: ContentType, topic: str) -> str:
    return f"{content_type.prompt.strip()}\n\n{TOPIC} {topic}"


def _completion_prompt(content_type: ContentType, topic: str) -> str:
    """The prompt as a heading, the examples, and the place where the text belongs (Brown et al. 2020)."""
    head = f"{content_type.prompt.strip()}\n\n"
    shown = [
        f"{_asked(content_type, _one_line(example.topic))}{example.text.strip()}\n{RULE}\n\n"
        for example in content_type.examples
    ]
    return "".join([head, *shown, _asked(content_type, topic)])


def _asked(content_type: ContentType, topic: str) -> str:
    return f"{TOPIC} {topic}\n{content_type.title}:\n"


def _one_line(topic: str) -> str:
    """`topic` without line breaks of any kind, so that no line of it can begin like one of the prompt's."""
    return _RULE_IN_TOPIC.sub("==", _defused(" ".join(topic.split())))


def _defused(topic: str) -> str:
    """Control tokens become ordinary words: "<|end|>" is shown as "< |end|>"."""
    return _SPECIAL_TOKEN.sub(lambda found: f"{found[0]} ", topic)
