"""What a report says in words, and what it never says."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.tables import AuditState, AuditTask
from tests.reports import (
    AFTER_WEEK,
    IN_WEEK,
    WEEK,
    add_draft,
    add_rating,
    add_scored,
    report_of,
    session_in_memory,
)

HIGH, LOW = [8, 9, 8, 9, 8, 9] * 4, [3, 4, 3, 4, 3, 4] * 4
MIDDLE, BELOW = [6, 7, 8, 6, 7, 5] * 4, [6, 6, 7, 6, 5, 5] * 4


class TestHeadline:
    def test_a_leader_is_named_with_what_is_sure_of_it(self) -> None:
        headline = report_of({"high": HIGH, "low": LOW}, raters=6).headline

        assert headline.startswith("2026-W47: high writes best, and reaches the required 7 (")
        assert headline.endswith("Descriptive, not audited: people chose what to rate.")

    def test_better_than_all_but_not_good_enough(self) -> None:
        headline = report_of({"middle": MIDDLE, "low": [1, 2] * 12}, raters=6).headline

        assert "middle writes better than low, but is not shown to reach the required 7." in headline

    def test_undecided_says_how_it_looks_and_what_would_settle_it(self) -> None:
        report = report_of({"a": MIDDLE, "b": BELOW}, raters=6)

        assert "2026-W47: a is very probably better than b; " in report.headline
        assert "would settle it" in report.headline or "would not settle it" in report.headline

    def test_equal_models_are_called_equal_only_within_the_margin(self) -> None:
        equal = report_of({"a": HIGH, "b": HIGH}, raters=6)
        unclear = report_of({"a": [1, 10, 5, 7] * 5, "b": [2, 9, 6, 7] * 5}, raters=5)

        assert "a and b write equally well, within 0.5 points." in equal.headline
        assert "cannot be told apart" in unclear.headline or "perhaps" in unclear.headline
        assert "equally" not in unclear.headline

    def test_in_mid_week_nothing_is_claimed(self) -> None:
        report = report_of({"high": HIGH, "low": LOW}, closed=False)

        assert (
            report.headline == "2026-W47, the week so far; claims nothing: 48 drafts, 48 ratings by 3 people."
        )
        assert (report.changes, report.unknowns, report.content_types) == ((), (), ())
        assert report.caveats[0].startswith("The week is not over")
        assert report.alt_text.startswith(report.headline)

    @pytest.mark.parametrize(
        ("scores", "expected"),
        [
            ({}, "2026-W47: nothing was drafted or rated."),
            ({"m": []}, "nobody has judged a draft yet; to be ranked, a model needs 15 ratings by 3 people"),
            ({"m": [7, 8]}, "m comes closest with 2 by 2 people, of the 15 by 3 that it needs"),
            ({"m": HIGH}, "only m ("),
        ],
    )
    def test_with_little_evidence(self, scores: dict[str, Sequence[int]], expected: str) -> None:
        report = report_of(scores)

        assert expected in report.headline
        assert Report.from_json(report.to_json()) == report

    def test_audited_evidence_is_called_so(self) -> None:
        with session_in_memory() as session:
            for model, scores in {"high": HIGH, "low": LOW}.items():
                for position, score in enumerate(scores):
                    draft = add_draft(session, model)
                    rater = f"U{position % 4}"
                    session.add(
                        AuditTask(
                            draft_id=draft.id,
                            rater_id=rater,
                            block=1,
                            propensity=0.5,
                            assigned_at=IN_WEEK,
                            state=AuditState.RATED,
                            closed_at=IN_WEEK,
                        )
                    )
                    add_rating(session, draft, rater, score=score)
            headline = build_report(session, WEEK, AFTER_WEEK, closed=True).headline

        assert headline.endswith("Audited: enough of the rated drafts were drawn by chance.")


class TestChanges:
    def report(self, earlier: dict[str, Sequence[int]], week: dict[str, Sequence[int]]) -> Report:
        with session_in_memory() as session:
            for scores, at in ((earlier, WEEK.start - timedelta(days=2)), (week, IN_WEEK)):
                for model, given in scores.items():
                    add_scored(session, model, given, raters=6, at=at)
            return build_report(session, WEEK, AFTER_WEEK, closed=True)

    def test_the_first_week_has_none(self) -> None:
        assert report_of({"m": HIGH}).changes == ()

    def test_a_new_leader_and_a_newcomer(self) -> None:
        changes = self.report({"old": LOW}, {"new": HIGH}).changes

        assert changes[0] == "new now leads."
        assert "Now certain: new writes better than old." in changes
        assert "new is new." in changes
        assert changes[-1] == "24 ratings more than a week ago."

    def test_a_week_without_ratings_changes_nothing(self) -> None:
        assert self.report({"old": LOW, "new": HIGH}, {"old": []}).changes == (
            "The ranking is as it was. No new ratings.",
        )


class TestUnknowns:
    def test_what_it_takes_to_tell_models_apart_and_to_rank_them(self) -> None:
        unknowns = report_of({"a": MIDDLE, "b": BELOW, "few": [7] * 2}, raters=6).unknowns

        assert sum(sentence.startswith("Whether a or b is better: it takes ") for sentence in unknowns) == 1
        assert any(sentence.startswith("Whether a reaches 7: so far anything from ") for sentence in unknowns)
        assert "How good few is: it takes 13 more ratings and 1 more rater." in unknowns


class TestCaveats:
    def test_the_price_of_looking_every_week_is_stated(self) -> None:
        caveats = report_of({"high": HIGH, "low": LOW}, raters=6).caveats

        assert any("times as wide as at a single look" in caveat for caveat in caveats)

    def test_what_is_left_out_is_counted(self) -> None:
        with session_in_memory() as session:
            draft = add_draft(session, "m")
            add_rating(session, draft, "U0ASKS", score=10)
            caveats = build_report(session, WEEK, AFTER_WEEK, closed=True).caveats

        assert "Left out: 1 judgements of one's own request." in caveats


class TestContentTypes:
    def test_each_kind_of_text_has_a_finding(self) -> None:
        with session_in_memory() as session:
            for kind, lift in (("linkedin_post", 0), ("client_email", 3)):
                for position in range(24):
                    for model, score in (("a", 6), ("b", 3 + lift)):
                        draft = add_draft(session, model, content_type=kind)
                        add_rating(session, draft, f"U{position % 6}", score=score + position % 2)
            add_draft(session, "a", content_type="press_release")
            findings = {
                line.content_type: line.finding
                for line in build_report(session, WEEK, AFTER_WEEK, closed=True).content_types
            }

        assert list(findings) == ["client_email", "linkedin_post", "press_release"]
        assert findings["linkedin_post"].startswith("a (")
        assert "stands above b (" in findings["linkedin_post"]
        assert "too close to tell apart" in findings["client_email"]
        assert findings["press_release"].startswith("Nobody has rated this kind of text yet")


def test_an_alt_text_states_the_finding_within_slacks_limit() -> None:
    many = report_of({f"a-model-with-a-rather-long-name-{n:02}": [5, 6, 7, 8, 9] * 3 for n in range(30)})

    assert many.alt_text.startswith(many.headline)
    assert len(many.alt_text) <= 1000
