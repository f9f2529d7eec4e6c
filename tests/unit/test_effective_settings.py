"""Settings as editors changed them in Slack, over copydesk.toml."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.configuration import Reveal
from bot.effective_settings import EffectiveSettings, changed
from bot.errors import SettingRefused
from bot.settings import Settings, load_settings
from evaluation.tables import SettingChange
from tests.rows import NOON


@pytest.fixture
def declared(tmp_path: Path) -> Settings:
    return load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)


def change(key: str, value: Any, minutes: int = 0) -> SettingChange:
    return SettingChange(
        delivery_key=f"{key}.{minutes}",
        key=key,
        value=value,
        author_id="U0ADA",
        created_at=NOON + timedelta(minutes=minutes),
    )


def faults_of(settings: Settings, key: str, value: Any) -> dict[str, str]:
    with pytest.raises(SettingRefused) as refusal:
        changed(settings, key, value)
    return dict(refusal.value.faults)


def test_without_changes_copydesk_toml_holds(declared: Settings) -> None:
    settings = EffectiveSettings.over(declared)
    assert dict(settings) == dict(declared)
    assert settings.change_of("workspace.reveal") is None


def test_a_change_holds_at_once_for_whoever_has_the_settings(declared: Settings) -> None:
    settings = EffectiveSettings.over(declared)
    holder: Settings = settings
    settings.adopt([change("workspace.reveal", "never"), change("report", {"hour": 7})])
    assert holder.workspace.reveal is Reveal.NEVER
    assert (holder.report.hour, holder.report.time_zone) == (7, declared.report.time_zone)
    held = settings.change_of("workspace.reveal")
    assert held is not None
    assert held.author_id == "U0ADA"


def test_a_null_value_goes_back_to_copydesk_toml(declared: Settings) -> None:
    settings = EffectiveSettings.over(declared)
    settings.adopt([change("report", {"hour": 7})])
    settings.adopt([change("report", None)])
    assert settings.report == declared.report
    assert settings.change_of("report") is None


def test_a_kind_keeps_what_was_not_changed_and_a_new_one_is_complete(declared: Settings) -> None:
    settings = EffectiveSettings.over(declared)
    new = {"title": "Note", "prompt": "Write a note.", "example_topic": "tea", "aliases": ["memo"]}
    settings.adopt(
        [change("content_types.linkedin_post", {"max_words": 250}), change("content_types.note", new)]
    )
    kind = settings.content_types["linkedin_post"]
    assert kind.max_words == 250
    assert kind.prompt == declared.content_types["linkedin_post"].prompt
    assert settings.content_types["note"].aliases == ("memo",)


def test_what_can_no_longer_hold_is_left_out_and_the_others_hold(declared: Settings) -> None:
    settings = EffectiveSettings.over(declared)
    gone = {"models": ["a-model-of-last-year"], "reason": "it was good"}
    settings.adopt([change("report", {"hour": 7}), change("routes.linkedin_post", gone)])
    assert settings.report.hour == 7
    assert settings.routes == declared.routes
    assert "is not a model" in settings.left_out["routes.linkedin_post"]


@pytest.mark.parametrize(
    ("key", "value", "field", "words"),
    [
        ("report", {"hour": 25}, "hour", "at most 23"),
        ("report", {"time_zone": "Mars/Olympus"}, "time_zone", "IANA"),
        ("report", {"threshold": 11}, "threshold", "at most 10"),
        ("workspace.reveal", "sometimes", "reveal", "one of"),
        ("content_types.marketing", {"aliases": ["linkedin"]}, "aliases", "already means linkedin_post"),
        ("content_types.linkedin_post", {"aliases": ["email"]}, "aliases", "already means client_email"),
        ("content_types.marketing", {"aliases": ["two words"]}, "aliases", "one word"),
        ("content_types.help", {"title": "R", "prompt": "P", "example_topic": "t"}, "name", "else"),
        ("content_types.marketing", {"title": ""}, "title", "not be empty"),
        ("routes.marketing", {"models": [], "reason": "r"}, "models", "not be empty"),
        ("data_dir", "/elsewhere", "", "cannot be set in Slack"),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_refused_beside_its_field(
    declared: Settings, key: str, value: Any, field: str, words: str
) -> None:
    faults = faults_of(declared, key, value)
    assert words in faults[field]
