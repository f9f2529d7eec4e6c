"""What the starter models learn from: the texts of the grammars, the topics, and how both are judged."""

import json
import random
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.settings import load_settings
from evaluation.lexicon import FIELD_GUIDE_TERMS
from generation.content_types import ContentType
from generation.starter.grammar import CONTENT_TYPES, TOPIC_MARK, load_grammar, place_topic, words
from generation.starter.topics import TopicSource, read_topic_table, unseen_topics

NAMES = ("starter-rich", "starter-plain")
TEXTS_PER_TYPE = 200


@pytest.fixture
def configured(tmp_path: Path) -> dict[str, ContentType]:
    return dict(load_settings(None, {}, cwd=tmp_path).content_types)


def _texts(name: str, content_type: str, topic: str = "solar kites") -> list[str]:
    grammar, rng = load_grammar(name), random.Random(11)
    return [place_topic(grammar.write(content_type, topic, rng), topic)[0] for _ in range(TEXTS_PER_TYPE)]


def test_content_types_are_the_configured_ones(configured: dict[str, ContentType]) -> None:
    assert set(CONTENT_TYPES) == set(configured)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content_type", CONTENT_TYPES)
class TestEveryText:
    def test_has_its_content_types_length(
        self, name: str, content_type: str, configured: dict[str, ContentType]
    ) -> None:
        bounds = configured[content_type]
        for topic in ("AI", "why the art of saying no matters so much to us"):
            lengths = [len(text.split()) for text in _texts(name, content_type, topic)]
            good = [bounds.min_words <= length <= bounds.max_words for length in lengths]
            assert sum(good) >= 0.98 * len(good), (min(lengths), max(lengths))

    def test_holds_the_topic_after_a_space(self, name: str, content_type: str) -> None:
        grammar, rng = load_grammar(name), random.Random(12)
        for _ in range(TEXTS_PER_TYPE):
            before = grammar.write(content_type, "tea", rng).split(TOPIC_MARK)[:-1]
            assert before
            assert all(part.endswith(" ") for part in before)

    def test_reads_as_good_english(self, name: str, content_type: str) -> None:
        for text in _texts(name, content_type):
            assert "{" not in text or content_type == "compliance"
            assert not re.search(r"\b[Aa] (?!one)[aeioAEIO]\w", text), text
            assert not re.search(r"\b[Aa]n [^aeiouAEIOUhH\W]", text), text
            assert not re.search(r"[.?!] [a-z]", text), text
            assert not re.search(r" [.,:?!]|\.\.|,,|  ", text), text

    def test_uses_only_words_of_the_vocabulary(self, name: str, content_type: str) -> None:
        known = load_grammar(name).vocabulary() | {"solar", "kites"}
        assert set(words(_texts(name, content_type))) <= known


@pytest.mark.parametrize("name", NAMES)
def test_compliance_answers_satisfy_the_configured_schema(
    name: str, configured: dict[str, ContentType]
) -> None:
    schema: dict[str, Any] = configured["compliance"].json_schema or {}
    for topic in ("a feed for teenagers", 'a \\"zero inbox\\" rule', "chess"):
        for text in _texts(name, "compliance", topic):
            jsonschema.validate(json.loads(text), schema)


def test_compliance_answers_fit_the_topic() -> None:
    answers = [json.loads(text) for text in _texts("starter-rich", "compliance", "a chess club for minors")]
    assert all(answer["laws"][1]["name"].startswith("Utah Minor Protection") for answer in answers)
    assert all(answer["needs_geo_logic"] for answer in answers)


def test_compliance_answers_claim_little_about_a_topic_without_cue() -> None:
    answers = [json.loads(text) for text in _texts("starter-rich", "compliance", "both potter wheels")]
    assert not any(answer["needs_geo_logic"] for answer in answers)
    assert all(answer["confidence"] <= 0.6 for answer in answers)


def test_only_the_rich_grammar_uses_business_terms() -> None:
    per_text = {
        name: sum(word in FIELD_GUIDE_TERMS for word in words(_texts(name, "linkedin_post"))) / TEXTS_PER_TYPE
        for name in NAMES
    }
    assert per_text["starter-rich"] > 1.5
    assert per_text["starter-plain"] == 0


def test_only_the_rich_grammar_has_structure() -> None:
    assert all("\n## " in text for text in _texts("starter-rich", "technical_article"))
    assert not any(re.search(r"\n(##|- |1\.)", text) for text in _texts("starter-plain", "technical_article"))


def test_topic_that_ends_a_sentence_swallows_the_full_stop() -> None:
    text, spans = place_topic(f"Let us ask {TOPIC_MARK}. Then {TOPIC_MARK} again.", "why now?")
    assert text == "Let us ask why now? Then why now? again."
    assert [text[start:end] for start, end in spans] == ["why now?", "why now?"]


def test_unseen_topics_are_unseen() -> None:
    topics = unseen_topics()
    table = read_topic_table()["training"]
    seen = {word for text in (*table["words"], *table["features"], *table["starts"]) for word in text.split()}
    assert len(set(topics)) == 200
    assert not seen & {word for topic in topics[:160] for word in topic.split()}
    assert all(re.search(r"[^\x00-\x7f]|[&/\"'?+\d]", topic) for topic in topics[160:])


def test_training_topics_are_clean_and_varied() -> None:
    source = TopicSource([" tea", " bri", "ck", "lo", "é", "7", "&", "?"], random.Random(5))
    topics = [source.draw() for _ in range(2000)]
    assert all(topic and topic == " ".join(topic.split()) for topic in topics)
    assert len(set(topics)) > 1500
    for sign in ("?", "&", "/", '"', "'", "-", "é", "teenagers"):
        assert any(sign in topic for topic in topics)
