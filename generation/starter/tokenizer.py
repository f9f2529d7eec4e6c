"""Tokenizer of the starter models: byte-level BPE with one tag for each content type.

The chat template renders the two messages a starter model is asked with (the content type's
name, the topic) into the prompt it was trained on: `<|type|> topic<|text|>`. A missing or unknown content
type becomes a LinkedIn post. In a compliance prompt the topic is escaped as in JSON, so that
the model copies it unchanged there too.
"""

import random
from collections.abc import Iterator
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from generation.starter.grammar import CONTENT_TYPES, load_grammar, place_topic
from generation.starter.topics import read_topic_table

PAD, END, TEXT, DRILL = "<|pad|>", "<|end|>", "<|text|>", "<|drill|>"
VOCABULARY_SIZE = 3072

CHAT_TEMPLATE = """\
{%- set known = KNOWN -%}
{%- set asked = namespace(kind="linkedin_post", topic="") -%}
{%- for message in messages -%}
{%- if message.role == "system" and message.content | trim in known -%}
{%- set asked.kind = message.content | trim -%}
{%- elif message.role == "user" -%}
{%- set asked.topic = message.content.replace("<|", "< |").split() | join(" ") -%}
{%- endif -%}
{%- endfor -%}
{%- if asked.kind == "compliance" -%}
{%- set asked.topic = (asked.topic | tojson)[1:-1] -%}
{%- endif -%}
{{- "<|" + asked.kind + "|> " + asked.topic + "<|text|>" -}}
""".replace("KNOWN", str(list(CONTENT_TYPES)))


def build_tokenizer() -> Any:
    """Train the tokenizer, the same for both models, on texts of both grammars and on topic words."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=[PAD, END, TEXT, DRILL, *(f"<|{name}|>" for name in CONTENT_TYPES)],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_sample_texts(), trainer)
    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=bpe, eos_token=END, pad_token=PAD, padding_side="left"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def render_prompt(tokenizer: Any, content_type: str, topic: str) -> str:
    """The prompt for a topic, as the chat template writes it."""
    messages = [{"role": "system", "content": content_type}, {"role": "user", "content": topic}]
    return str(tokenizer.apply_chat_template(messages, tokenize=False))


def vocabulary_pieces(tokenizer: Any) -> list[str]:
    """The printable texts of the vocabulary, tags left out, in the order of their ids."""
    texts = [tokenizer.decode([token_id]) for token_id in range(len(tokenizer))]
    special = set(tokenizer.all_special_tokens) | {f"<|{name}|>" for name in CONTENT_TYPES} | {TEXT, DRILL}
    return [text for text in texts if text not in special and text.isprintable() and "\ufffd" not in text]


def _sample_texts() -> Iterator[str]:
    """What merges are learned from: enough of each grammar's words, of topic words, accents and numbers."""
    rng = random.Random(7)
    table = read_topic_table()["training"]
    for name in ("starter-rich", "starter-plain"):
        grammar = load_grammar(name)
        for content_type in CONTENT_TYPES:
            for _ in range(150):
                yield place_topic(grammar.write(content_type, "", rng), rng.choice(table["words"]))[0]
    for word in table["words"]:
        yield f" {word}" * 20
        yield f" {word.capitalize()}" * 2
    for letter in table["accents"]:
        yield "-".join(letter * 400)
    for number in range(2000):
        yield f" {number % 100} {1950 + number % 100}"
