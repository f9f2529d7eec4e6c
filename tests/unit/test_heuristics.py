"""The automatic measures: what they reward, what they do not fall for, and texts of any kind."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.draft_text import DraftText
from evaluation.heuristics import (
    COMPOSITE_DIMENSIONS,
    LengthRule,
    composite,
    score_draft,
)
from evaluation.lexicon import FIELD_GUIDE_TERMS
from evaluation.tables import Dimension

RULE = LengthRule(100, 300, 3000)

POST = """Remote onboarding fails for one reason: nobody owns it.

Last quarter we rebuilt ours, and the results surprised us. New engineers shipped their first \
change after 4 days instead of 19, because three habits changed.

1. Every new colleague has a named guide, with two hours a week reserved for questions.
2. The first task is small, real and reviewed within a day, so feedback arrives while it matters.
3. We measure progress: a short survey after week 1, 4 and 12, and we publish what we learn.

None of this needs a budget. It needs discipline, clear ownership and a process that people \
trust. If you invest in the first month, retention improves for the whole year.

What was the most valuable experience a team gave you in your first week?"""

ARTICLE = """# Blue-green deployment

Two identical environments run side by side. Blue serves production traffic; green receives the \
new release. Because both share one database, migrations must be backward compatible.

## Steps

- Deploy version 2.4.1 to green and run the smoke tests.
- Warm the cache until p95 latency falls below 120 ms.
- Switch the load balancer through its API, then watch the error rate for 15 minutes.

If the error rate rises above 0.5%, switch back: rollback takes seconds, since blue still runs. \
However, sessions stored in memory are lost, so keep them in a signed cookie.

## Conclusion

Blue-green costs twice the capacity during a release. In return, recovery is one API call."""

CHAT = """hey guys so like this is super cool and you are gonna love it lol it is just totally \
awesome and yeah we did a lot of stuff and it went okay i think so anyway have fun with it"""

COMPLIANCE = {
    "jurisdictions": ["EU", "Utah"],
    "laws": [{"name": "GDPR", "article": "Article 8"}],
    "needs_geo_logic": True,
    "reasoning": "The feed recommends videos to teenagers, so parents must consent.",
    "confidence": 0.7,
}


def values(text: str, rule: LengthRule = RULE) -> dict[Dimension, float]:
    return {score.dimension: score.value for score in score_draft(text, rule)}


def composite_of(text: str) -> float:
    mean = composite(values(text))
    assert mean is not None
    return mean


def value(dimension: Dimension, text: str) -> float:
    return values(text)[dimension]


def reason(dimension: Dimension, text: str, rule: LengthRule = RULE) -> str:
    return next(score.reason for score in score_draft(text, rule) if score.dimension is dimension)


def words(n: int) -> str:
    return " ".join(["word"] * n)


class TestEveryMeasure:
    @given(st.text(max_size=400))
    def test_any_text_gets_five_values_from_0_to_10_with_reasons(self, text: str) -> None:
        scores = score_draft(text, RULE)

        assert [score.dimension for score in scores] == [*COMPOSITE_DIMENSIONS, Dimension.FIELD_GUIDE]
        assert all(0 <= score.value <= 10 and score.reason for score in scores)
        assert 0 <= composite_of(text) <= 10

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20), st.lists, max_leaves=20
        )
    )
    def test_any_json_gets_values_too(self, document: object) -> None:
        assert all(0 <= score <= 10 for score in values(json.dumps([document])).values())

    @pytest.mark.parametrize("text", ["", "   \n\t ", "🎉🎉🎉", "***", "— — —"])
    def test_a_text_without_words_gets_nothing(self, text: str) -> None:
        scores = values(text)

        assert [scores[dimension] for dimension in COMPOSITE_DIMENSIONS] == [0, 0, 0, 0]

    @pytest.mark.parametrize(
        "dimension", [Dimension.VOCABULARY, Dimension.STRUCTURE, Dimension.TECHNICAL_DEPTH]
    )
    def test_a_considered_text_beats_a_chat_message(self, dimension: Dimension) -> None:
        assert value(dimension, POST) > value(dimension, CHAT) + 2
        assert value(dimension, ARTICLE) > value(dimension, CHAT) + 2

    @pytest.mark.parametrize(
        "dimension", [Dimension.VOCABULARY, Dimension.STRUCTURE, Dimension.TECHNICAL_DEPTH]
    )
    @pytest.mark.parametrize("text", [POST, ARTICLE])
    def test_saying_it_three_times_gains_nothing(self, dimension: Dimension, text: str) -> None:
        assert value(dimension, "\n\n".join([text] * 3)) <= value(dimension, text)

    @pytest.mark.parametrize(
        "hostile",
        [
            "[" * 100_000,
            "." * 100_000 + "a",
            "a" * 200_000,
            " \n" * 50_000,
            "-" * 100_000 + "a",
            "1." * 50_000,
        ],
    )
    def test_a_hostile_text_is_scored_in_no_time(self, hostile: str) -> None:
        assert composite_of(hostile) < 6

    def test_reasons_repeat_nothing_of_the_draft(self) -> None:
        hostile = "<!channel> <@U0ADA> `rm -rf` click https://evil.example now"

        assert not any(
            word in score.reason for score in score_draft(hostile, RULE) for word in hostile.split()
        )

    def test_the_same_text_gets_the_same_scores(self) -> None:
        assert score_draft(POST, RULE) == score_draft(POST, RULE)


class TestComposite:
    def test_it_is_the_mean_of_the_four_without_the_field_guide(self) -> None:
        four = dict(zip(COMPOSITE_DIMENSIONS, (10.0, 8.0, 6.0, 4.0), strict=True))

        assert composite({**four, Dimension.FIELD_GUIDE: 0}) == 7

    def test_there_is_no_mean_of_three(self) -> None:
        three = values(POST)
        del three[Dimension.TECHNICAL_DEPTH]

        assert composite(three) is None


class TestLength:
    @pytest.mark.parametrize(
        ("n_words", "expected"), [(25, 2.5), (50, 5), (99, 9.9), (100, 10), (300, 10), (600, 5), (3000, 1)]
    )
    def test_it_falls_in_proportion_outside_the_range(self, n_words: int, expected: float) -> None:
        assert values(words(n_words), LengthRule(100, 300))[Dimension.LENGTH] == pytest.approx(expected)

    @given(st.integers(0, 700))
    def test_a_word_more_helps_up_to_the_range_and_hurts_after_it(self, n_words: int) -> None:
        rule = LengthRule(100, 300, 1800)
        step = (
            values(words(n_words + 1), rule)[Dimension.LENGTH]
            - values(words(n_words), rule)[Dimension.LENGTH]
        )

        assert step >= 0 if n_words < 300 else step <= 0

    def test_a_text_that_the_platform_refuses_is_worth_half_at_most(self) -> None:
        rule = LengthRule(1, 1000, 280)

        assert values("x" * 280, rule)[Dimension.LENGTH] == 10
        assert values("x" * 281, rule)[Dimension.LENGTH] < 5
        assert values("x" * 560, rule)[Dimension.LENGTH] == 2.5
        assert "limit of 280" in reason(Dimension.LENGTH, "x" * 281, rule)

    def test_a_full_short_message_is_long_enough_with_fewer_words(self) -> None:
        text = "straightforwardly " * 14  # 14 words, 252 characters of 280

        assert values(text, LengthRule(50, 100, 280))[Dimension.LENGTH] == 10
        assert values(text, LengthRule(50, 100))[Dimension.LENGTH] == pytest.approx(2.8)

    @pytest.mark.parametrize("rule", [(200, 100), (-1, 100), (0, 0), (1, 2, 0)])
    def test_an_impossible_rule_is_refused(self, rule: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"words|characters"):
            LengthRule(*rule)


class TestVocabulary:
    def test_a_list_of_terms_is_not_a_text(self) -> None:
        terms = "strategy implementation architecture expertise advantage stakeholder roadmap revenue " * 8

        assert value(Dimension.VOCABULARY, terms) < 5

    def test_a_professional_word_for_a_plain_one_never_lowers_it(self) -> None:
        plain = POST.replace("habits", "ideas")

        assert value(Dimension.VOCABULARY, plain.replace("ideas", "milestones")) >= value(
            Dimension.VOCABULARY, plain
        )

    def test_slang_and_shouting_lower_it(self) -> None:
        before = value(Dimension.VOCABULARY, POST)

        assert value(Dimension.VOCABULARY, POST.replace("results", "awesome stuff")) < before
        assert value(Dimension.VOCABULARY, POST.replace("surprised", "SURPRISED")) < before

    def test_another_language_is_told_why(self) -> None:
        german = "Gutes Onboarding beginnt vor dem ersten Tag, denn niemand soll auf einen Rechner warten."

        assert "does not look like English" in reason(Dimension.VOCABULARY, german)
        assert "English" not in reason(Dimension.VOCABULARY, POST)


class TestStructure:
    def test_json_that_parses_scores_by_what_it_says(self) -> None:
        full = json.dumps(COMPLIANCE)
        half = json.dumps({**COMPLIANCE, "jurisdictions": [], "laws": [], "reasoning": ""})

        assert value(Dimension.STRUCTURE, full) == 10
        assert 2 < value(Dimension.STRUCTURE, half) < 10
        assert value(Dimension.STRUCTURE, "{}") == 2
        assert value(Dimension.STRUCTURE, full[:-1]) == 1
        assert "does not parse" in reason(Dimension.STRUCTURE, full[:-1])

    def test_json_in_a_code_fence_is_json(self) -> None:
        assert value(Dimension.STRUCTURE, f"```json\n{json.dumps(COMPLIANCE)}\n```") == 10

    def test_a_text_that_opens_with_a_bracket_is_not_json(self) -> None:
        assert value(Dimension.STRUCTURE, "[Draft] " + POST) > 8

    def test_one_block_is_worth_less_than_paragraphs(self) -> None:
        assert value(Dimension.STRUCTURE, " ".join(POST.split())) < value(Dimension.STRUCTURE, POST) - 1

    def test_breaking_off_costs_two(self) -> None:
        cut = POST.removesuffix(" in your first week?")

        assert "breaks off" in reason(Dimension.STRUCTURE, cut)
        assert value(Dimension.STRUCTURE, cut) <= value(Dimension.STRUCTURE, POST) - 1.5

    def test_a_mail_may_end_in_a_name(self) -> None:
        mail = "Subject: The dashboard\n\nDear Ms Young,\n\nWe will deliver on Friday.\n\nKind regards,\nAda"

        assert "finished" in reason(Dimension.STRUCTURE, mail)


class TestTechnicalDepth:
    def test_figures_and_names_without_sentences_are_not_depth(self) -> None:
        assert value(Dimension.TECHNICAL_DEPTH, "API SQL GPU 1 2 3 4 cache latency 5 6 7 " * 10) < 4

    def test_a_technical_article_is_deeper_than_a_post(self) -> None:
        assert value(Dimension.TECHNICAL_DEPTH, ARTICLE) > value(Dimension.TECHNICAL_DEPTH, POST) + 2


class TestFieldGuide:
    SHORT_RULE = LengthRule(5, 20)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", 5),
            ("Two words", 5),
            ("Five words without any stop", 8),
            ("Two sentences here. In the range.", 9),
            ("Our strategy is proven. It works.", 9.6),
            ("Strategy strategy strategy strategy strategy.", 8.3),
            ("Optimization, strategy, implementation and architecture. All proven.", 10),
            ("A strategy", 5.3),
        ],
    )
    def test_the_formula(self, text: str, expected: float) -> None:
        assert values(text, self.SHORT_RULE)[Dimension.FIELD_GUIDE] == pytest.approx(expected)

    def test_terms_are_worth_two_at_most(self) -> None:
        assert values(" ".join(FIELD_GUIDE_TERMS), LengthRule(50, 60))[Dimension.FIELD_GUIDE] == 7


class TestDraftText:
    @pytest.mark.parametrize(
        ("text", "n_words"),
        [
            ("It's a well-known trade-off — really.", 5),
            ("**Bold** and `code`, #hashtag & more", 5),
            ("远程入职培训", 3),
            ("リモート works", 3),
            ("नमस्ते दुनिया", 2),
            ("1. One\n2. Two", 4),
            ("-- … !!", 0),
        ],
    )
    def test_words_in_several_scripts(self, text: str, n_words: int) -> None:
        assert len(DraftText(text).words) == n_words

    def test_the_layout_of_json_does_not_change_its_words(self) -> None:
        compact, wide = json.dumps(COMPLIANCE, separators=(",", ":")), json.dumps(COMPLIANCE, indent=4)

        assert DraftText(compact).words == DraftText(wide).words
        assert "Utah" in DraftText(compact).words
