"""The topics of offline evaluation: what ships is balanced, and a wrong file is refused with its line."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from evaluation.errors import InvalidFile
from evaluation.offline.topics import (
    COMPLIANCE,
    Difficulty,
    Topic,
    draw_topics,
    parse_topics,
    read_topics,
    shipped_topics,
)

PROSE = ("client_email", "linkedin_post", "marketing", "quick_social", "technical_article")


def of_kind(content_type: str) -> list[Topic]:
    return [topic for topic in shipped_topics() if topic.content_type == content_type]


@pytest.mark.parametrize("content_type", PROSE)
def test_each_kind_of_prose_has_two_topics_of_every_industry_and_difficulty_one_held_back(
    content_type: str,
) -> None:
    cells = Counter((topic.industry, topic.difficulty, topic.held_back) for topic in of_kind(content_type))
    industries = {industry for industry, _, _ in cells}
    assert len(industries) == 6
    assert cells == {(each, level, held): 1 for each in industries for level in Difficulty for held in (0, 1)}


def test_compliance_is_asked_about_features_whose_laws_are_known_and_half_are_held_back() -> None:
    topics = of_kind(COMPLIANCE)
    held_back = sum(topic.held_back for topic in topics)
    assert len(topics) >= 60
    assert all(topic.feature for topic in topics)
    assert abs(held_back - len(topics) / 2) <= 0.5


def test_no_topic_comes_twice() -> None:
    assert max(Counter(topic.topic for topic in shipped_topics()).values()) == 1


def test_a_draw_is_even_over_the_strata_and_the_same_for_the_same_seed() -> None:
    topics = of_kind("marketing")
    drawn = draw_topics(topics, 18, Random(1))
    assert set(Counter((topic.industry, topic.difficulty) for topic in drawn).values()) == {1}
    assert drawn == draw_topics(topics, 18, Random(1))
    assert drawn != draw_topics(topics, 18, Random(2))


def test_a_draw_of_more_than_there_are_repeats_each_equally_often() -> None:
    topics = of_kind("marketing")[:4]
    assert set(Counter(topic.topic for topic in draw_topics(topics, 12, Random(1))).values()) == {3}


def test_nothing_is_drawn_from_nothing() -> None:
    assert draw_topics([], 15, Random(1)) == ()


def test_a_file_of_ones_own_needs_no_more_than_kind_and_topic(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(
        'content_type = "marketing"\n[[topics]]\ntopic = "a kite"\n[[topics]]\ntopic = "a boat"\n'
    )
    assert [topic.topic for topic in read_topics(file)] == ["a kite", "a boat"]
    assert read_topics(file)[0] == Topic(content_type="marketing", topic="a kite")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[topics]\n", r"ours\.toml is not valid TOML: .*line 1.*Correct that line"),
        ("", r"ours\.toml holds no \[\[topics\]\]"),
        ('[[topics]]\ntopic = "a"\n', r"ours\.toml: topic 1, content_type: Field required"),
        ('content_type = "x"\n[[topics]]\ntopic = ""\n', r"topic 1, topic: .*at least 1 character"),
        (
            'content_type = "x"\n[[topics]]\ntopic = "a"\ndifficulty = "odd"\n',
            r"topic 1, difficulty: .*'easy'",
        ),
        ('content_type = "x"\n[[topics]]\ntopic = "a"\nlevel = 1\n', r"topic 1, level: Extra inputs"),
        (
            'content_type = "x"\n[[topics]]\ntopic = "a"\n[[topics]]\ntopic = "a"\n',
            r"topic 2 repeats topic 1",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_reason(text: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        parse_topics(text, "ours.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"none\.toml cannot be read"):
        read_topics(tmp_path / "none.toml")
