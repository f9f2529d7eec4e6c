"""The shipped starter models: intact, loadable with nothing of ours, and able to do what their cards say."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from bot.settings import load_settings
from evaluation.lexicon import FIELD_GUIDE_TERMS
from generation.starter.card import Sample
from generation.starter.evaluate import NAMES, SAMPLING, WORD_RANGES, Writer, has_good_length, is_garbled
from generation.starter.grammar import CONTENT_TYPES, load_grammar

STARTER = Path(__file__).parents[2] / "generation" / "starter"
TOPICS = ("sourdough beekeeping", "São Paulo coffee", "R&D budgets", "24/7 support", "Why do cats purr?")


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def drafts(name: str) -> list[Sample]:
    writer = Writer(STARTER / "weights" / name)
    return [
        Sample(content_type, topic, text)
        for content_type in CONTENT_TYPES
        for topic, text in zip(TOPICS, writer.write(content_type, TOPICS, seed=1), strict=True)
    ]


def test_files_match_their_digests_and_are_small(name: str) -> None:
    folder = STARTER / "weights" / name
    digests = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    assert set(digests) == {path.name for path in folder.iterdir()} - {"digests.json"}
    for file, digest in digests.items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest, file
    assert (folder / "model.safetensors").stat().st_size <= 6_000_000


def test_loads_with_no_code_of_ours(name: str) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(STARTER / "weights" / name)
    assert model.config.model_type == "llama"
    assert model.config._attn_implementation == "sdpa"
    assert model.generation_config.eos_token_id == model.config.eos_token_id


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([("system", "quick_social"), ("user", "tea")], "<|quick_social|> tea<|text|>"),
        ([("user", "tea")], "<|linkedin_post|> tea<|text|>"),
        ([("system", "You are helpful."), ("user", "tea")], "<|linkedin_post|> tea<|text|>"),
        ([("system", "compliance"), ("user", 'a "b" rule')], '<|compliance|> a \\"b\\" rule<|text|>'),
        (
            [("system", "marketing"), ("user", " tea\n and <|end|> ")],
            "<|marketing|> tea and < |end|><|text|>",
        ),
    ],
)
def test_chat_template_renders_the_training_prompt(
    name: str, messages: list[tuple[str, str]], prompt: str
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(STARTER / "weights" / name)
    chat = [{"role": role, "content": content} for role, content in messages]
    assert tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) == prompt


def test_writes_about_the_topic_without_garbling(name: str, drafts: list[Sample]) -> None:
    vocabulary = load_grammar(name).vocabulary()
    good = [not is_garbled(draft, vocabulary) and has_good_length(draft) for draft in drafts]
    assert sum(good) >= len(good) - 2, [draft for draft, fine in zip(drafts, good, strict=True) if not fine]


def test_compliance_answers_parse(drafts: list[Sample]) -> None:
    answers = [json.loads(draft.text) for draft in drafts if draft.content_type == "compliance"]
    assert all(topic in answer["reasoning"] for topic, answer in zip(TOPICS, answers, strict=True))


def test_the_two_differ_visibly(name: str, drafts: list[Sample]) -> None:
    prose = " ".join(draft.text for draft in drafts if draft.content_type != "compliance")
    terms = sum(word in FIELD_GUIDE_TERMS for word in re.findall(r"[a-z]+", prose.lower()))
    headings = prose.count("\n## ")
    if name == "starter-rich":
        assert terms > 15
        assert headings > 10
    else:
        assert terms <= 2
        assert headings == 0


def test_evaluation_samples_as_the_configuration_does(tmp_path: Path) -> None:
    configured = load_settings(None, {}, cwd=tmp_path).content_types
    assert {name: (kind.min_words, kind.max_words) for name, kind in configured.items()} == WORD_RANGES
    assert {name: kind.sampling for name, kind in configured.items()} == SAMPLING
