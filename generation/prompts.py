"""What a model is told. The one place where a content type and a topic become a prompt.

    chat      messages: the content type's prompt, then the topic; or the type's name, for a tagged model
    base      a text to go on with: worked examples, then the topic under the same headings
    seq2seq   one instruction

The house style stands with the prompt, what was said beside the topic stands with the topic. A tagged
model knows names and topics only, so it is told neither.

A topic comes from anybody, so it must not be able to speak with another voice: in a completion
prompt it stays on one line, and nothing in it reads as a tokenizer's special token. The same holds
for everything else that people wrote.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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
_STYLE: Final = "House style:"

BRIEF_HEADINGS: Final[Mapping[str, str]] = {
    "language": "Language:",
    "tone": "Tone:",
    "audience": "Audience:",
    "facts": "Facts to use:",
}
"""What may be said beside the topic, and under which heading a model is told of it."""
_EARLIER: Final = "Earlier version:"
_CHANGE: Final = "What to change:"


@dataclass(frozen=True)
class Guidance:
    """What a text should heed beside its topic. Empty means: nothing was said.

    `brief` has keys of `BRIEF_HEADINGS`, `style` is the workspace's own for all texts. To write `earlier`
    anew there is an `instruction` as well.
    """

    brief: Mapping[str, str] = field(default_factory=dict)
    style: str = ""
    earlier: str = ""
    instruction: str = ""


NO_GUIDANCE: Final = Guidance()


def build_messages(
    content_type: ContentType, spec: ModelSpec, topic: str, guidance: Guidance = NO_GUIDANCE
) -> Messages | str:
    """What one draft is asked for with: chat messages, or a plain prompt for the models that take one.

    An instruct model is told the content type's prompt. A tagged model was trained on the names
    of content types and is told the name alone; its own chat template does the rest.
    """
    match spec.kind:
        case ModelKind.BASE:
            return _completion_prompt(content_type, _one_line(topic), guidance)
        case ModelKind.SEQ2SEQ:
            return _instruction_prompt(content_type, _one_line(topic), guidance)
        case ModelKind.CHAT:
            return _conversation(content_type, spec, _defused(topic.strip()), guidance)


def carries_guidance(spec: ModelSpec) -> bool:
    """Whether a model can be told more than a kind and a topic."""
    return spec.kind is not ModelKind.CHAT or spec.prompt_format is not PromptFormat.TAGGED


def stop_strings(content_type: ContentType, spec: ModelSpec) -> tuple[str, ...]:
    """Where a text ends: what the content type says, and where a base model begins the next example."""
    if spec.kind is ModelKind.BASE:
        return (*content_type.sampling.stop, f"\n{RULE}", f"\n{TOPIC}")
    return content_type.sampling.stop


def prompt_version(content_type: ContentType, spec: ModelSpec, style: str = "") -> str:
    """Twelve hexadecimal digits that change exactly when what a model is told of a kind changes."""
    guidance = Guidance(style=style)
    if spec.kind is ModelKind.CHAT:
        told = [spec.prompt_format.value, _instruction(content_type, spec, guidance)]
    else:
        told = [spec.kind.value, str(build_messages(content_type, spec, _PLACEHOLDER, guidance))]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


def _conversation(content_type: ContentType, spec: ModelSpec, topic: str, guidance: Guidance) -> Messages:
    system = {"role": "system", "content": _instruction(content_type, spec, guidance)}
    if not carries_guidance(spec):
        return system, {"role": "user", "content": topic}
    said = [f"{heading} {_defused(words)}" for heading, words in _said(guidance)]
    asked = {"role": "user", "content": "\n\n".join([topic, "\n".join(said)]) if said else topic}
    if not guidance.instruction:
        return system, asked
    earlier = {"role": "assistant", "content": _defused(guidance.earlier.strip())}
    return system, asked, earlier, {"role": "user", "content": _defused(guidance.instruction.strip())}


def _instruction(content_type: ContentType, spec: ModelSpec, guidance: Guidance) -> str:
    if spec.prompt_format is PromptFormat.TAGGED:
        return content_type.name
    prompt = content_type.prompt.strip()
    return f"{prompt}\n\n{_STYLE}\n{_defused(guidance.style.strip())}" if guidance.style else prompt


def _instruction_prompt(content_type: ContentType, topic: str, guidance: Guidance) -> str:
    return "\n".join([_head(content_type, guidance), f"{TOPIC} {topic}", *_lines(guidance)])


def _completion_prompt(content_type: ContentType, topic: str, guidance: Guidance) -> str:
    """The prompt as a heading, the examples, and the place where the text belongs (Brown et al. 2020)."""
    shown = [
        f"{_asked(content_type, _one_line(example.topic))}{example.text.strip()}\n{RULE}\n\n"
        for example in content_type.examples
    ]
    return "".join(
        [f"{_head(content_type, guidance)}\n", *shown, _asked(content_type, topic, _lines(guidance))]
    )


def _head(content_type: ContentType, guidance: Guidance) -> str:
    style = f"\n{_STYLE} {_one_line(guidance.style)}" if guidance.style else ""
    return f"{content_type.prompt.strip()}{style}\n"


def _asked(content_type: ContentType, topic: str, more: tuple[str, ...] = ()) -> str:
    return "\n".join([f"{TOPIC} {topic}", *more, f"{content_type.title}:\n"])


def _lines(guidance: Guidance) -> tuple[str, ...]:
    """Everything that was said beside the topic, a line each."""
    lines = [f"{heading} {_one_line(words)}" for heading, words in _said(guidance)]
    if guidance.instruction:
        lines += [f"{_EARLIER} {_one_line(guidance.earlier)}", f"{_CHANGE} {_one_line(guidance.instruction)}"]
    return tuple(lines)


def _said(guidance: Guidance) -> list[tuple[str, str]]:
    found = [(heading, guidance.brief.get(name, "").strip()) for name, heading in BRIEF_HEADINGS.items()]
    return [(heading, words) for heading, words in found if words]


def _one_line(topic: str) -> str:
    """`topic` without line breaks of any kind, so that no line of it can begin like one of the prompt's."""
    return _RULE_IN_TOPIC.sub("==", _defused(" ".join(topic.split())))


def _defused(topic: str) -> str:
    """Control tokens become ordinary words: "<|end|>" is shown as "< |end|>"."""
    return _SPECIAL_TOKEN.sub(lambda found: f"{found[0]} ", topic)
