"""The App Home's pages and the forms of its settings: valid, within Slack's limits, without a way to ping."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.views import View

from bot import messages, texts
from bot.configuration import Reveal
from bot.messages import HomeDraft, HomeKind, HomeRoute, SettingAuthor, Settled, Today, UnderWay
from bot.settings import Settings, load_settings
from evaluation.blinding import for_raters
from evaluation.habits import Habits
from generation.routing import RouteRule
from tests.reports import report_of
from tests.rows import NOON

HOSTILE = "<!channel> & <https://example.com|free>"
RULE = RouteRule(models=("model-a", "model-b"), substitutes=("model-c",), reason="to compare")
AUTHOR = SettingAuthor("U0ADA", NOON)
KNOWN = Habits(n_scores=40, n_shared=30, severity=-0.9, severity_ci=(-1.2, -0.6), agreement=0.7)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)


def today(settings: Settings) -> Today:
    return Today(
        waiting=(),
        drafts=[HomeDraft("Draft K7Q2", HOSTILE, "LinkedIn post", NOON, "https://slack.example/p1")],
        has_more_drafts=True,
        under_way=[UnderWay("Client email", HOSTILE, "Being written")],
        others_under_way=2,
        asked=1,
        rated=3,
        habits=KNOWN,
        kinds=tuple(settings.content_types.values()),
    )


def settled(settings: Settings, reader_id: str = "U0ADA") -> Settled:
    return Settled(
        reader_id=reader_id,
        editors=("U0ADA",),
        reveal=Reveal.IN_REPORT,
        reveal_author=AUTHOR,
        report=settings.report,
        report_author=AUTHOR,
        style=None,
        kinds=[HomeKind(kind, RULE, AUTHOR, AUTHOR, True) for kind in settings.content_types.values()],
        left_out={"routes.post": HOSTILE},
    )


def pages(settings: Settings) -> list[dict[str, Any]]:
    scores = {"model-a": (8, 9, 8, 9, 8) * 4, "model-b": (7, 8, 8, 9, 8) * 4, "model-c": (5,)}
    report = for_raters(report_of(scores), revealed=True)
    routes = [HomeRoute(("Post",), ("model-a",), ("model-b",), HOSTILE), HomeRoute(("Note",), (), (), "")]
    empty = replace(today(settings), drafts=[], under_way=[], others_under_way=0, habits=Habits())
    return [
        messages.today_page(today(settings)),
        messages.today_page(empty),
        messages.models_page(("r1", report), routes, settings.report),
        messages.models_page(None, None, settings.report),
        messages.settings_page(settled(settings)),
        messages.settings_page(settled(settings, "U0BEN")),
    ]


def test_pages_parse_back_and_cannot_ping(settings: Settings) -> None:
    for page in pages(settings):
        View(**page).validate_json()
        assert len(page["blocks"]) <= 100
        assert "<!channel>" not in str(page)
        assert "|free>" not in str(page)


def test_each_page_leads_to_the_others_and_marks_itself(settings: Settings) -> None:
    for page in pages(settings):
        buttons = page["blocks"][0]["elements"]
        assert len(buttons) == 3
        assert sum("style" in each for each in buttons) == 1


def test_no_page_shows_a_draft_and_a_model(settings: Settings) -> None:
    for page in pages(settings):
        assert not ("Draft K7Q2" in str(page) and "model-a" in str(page))


def test_only_an_editor_is_offered_to_change_something(settings: Settings) -> None:
    assert messages.CHANGE_ACTION in str(messages.settings_page(settled(settings)))
    assert messages.CHANGE_ACTION not in str(messages.settings_page(settled(settings, "U0BEN")))


def test_forms_parse_back_with_what_holds_now(settings: Settings) -> None:
    kind = settings.content_types["linkedin_post"]
    forms = [
        *(messages.reveal_form(policy) for policy in Reveal),
        messages.report_form(settings.report),
        messages.kind_form(kind),
        messages.kind_form(None),
        messages.route_form(kind, RULE, {"model-a": True, "model-b": False, "model-c": True}),
    ]
    for form in forms:
        View(**form).validate_json()
    chosen = forms[-1]["blocks"][0]["element"]["initial_options"]
    assert [each["value"] for each in chosen] == ["model-a", "model-b"]
    assert chosen[1]["text"]["text"] == texts.model_not_here("model-b")


@pytest.mark.parametrize(("low", "quality", "high"), [(1, 1, 1), (10, 10, 10), (-3, 5.5, 14), (4.2, 5, 6.1)])
def test_an_interval_is_drawn_on_the_whole_scale(low: float, quality: float, high: float) -> None:
    drawn = messages.interval_bar(low, quality, high)
    assert drawn.startswith("1 ")
    assert drawn.endswith(" 10")
    assert len(drawn) == messages.BAR_CHARACTERS + len("1  10")
    assert drawn.count("●") == 1


@pytest.mark.parametrize(
    ("habits", "words"),
    [
        (Habits(), "have not scored a draft yet"),
        (Habits(n_scores=3, n_shared=2), "others scored 2 of them"),
        (KNOWN, "stricter than the others"),
        (replace(KNOWN, severity=0.9, severity_ci=(0.6, 1.2)), "more generous than the others"),
        (replace(KNOWN, severity=0.4, severity_ci=(-0.1, 0.9)), "may be chance"),
        (replace(KNOWN, agreement=0.0), "other drafts than they do"),
        (replace(KNOWN, team_range=(-1.1, 0.8)), "1.1 points stricter and 0.8 points more generous"),
    ],
)
def test_habits_are_said_in_words(habits: Habits, words: str) -> None:
    assert words in " ".join(texts.habits_in_words(habits))
