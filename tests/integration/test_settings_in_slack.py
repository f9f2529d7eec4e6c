"""Settings that editors change on the App Home: they hold at once, or are refused beside the field."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot import messages, texts
from bot.effective_settings import REPORT_KEY
from bot.messages import BACK_ACTION, CHANGE_ACTION, KIND_ACTION
from bot.playground.entities import View
from bot.playground.testing import Person, Refused
from evaluation.database import Database
from evaluation.tables import Draft, SettingChange
from tests.bot_on_playground import LocalSlackAndServices, bot_on_playground

EDITED = '[workspace]\neditors = ["U0ADA"]\n'
NEW_KIND = {
    "name": "release_note",
    "title": "Release note",
    "aliases": "release, note",
    "min_words": "30",
    "max_words": "90",
    "prompt": "Write a release note.",
    "example_topic": "faster search",
    "platform_limit_characters": "",
}


@asynccontextmanager
async def edited(database: Database, data_dir: Path) -> AsyncIterator[tuple[LocalSlackAndServices, Person]]:
    """A bot, and Ada, who is its editor."""
    async with bot_on_playground(database, data_dir, config=EDITED) as bot:
        yield bot, bot.slack.as_user("U0ADA")


async def settings_of(person: Person, expected: str = texts.SETTINGS_KINDS) -> View:
    await person.open_home()
    home = await person.wait_for(person.home)
    await person.click(home, f"{messages.HOME_PAGE_ACTION}.settings")
    return await shown(person, expected)


async def shown(person: Person, expected: str) -> View:
    return await person.wait_for(
        lambda: view if (view := person.home()) and expected in str(view.blocks) else None
    )


async def form_of(person: Person, subject: str) -> View:
    home = await settings_of(person)
    await person.click(home, CHANGE_ACTION, block_id=f"setting.{subject}")
    return await person.wait_for_modal()


async def form_of_kind(person: Person, kind: str, what: str) -> View:
    home = await settings_of(person)
    await choose(person, home, kind, what)
    return await person.wait_for_modal()


async def choose(person: Person, home: View, kind: str, what: str) -> None:
    """Picks from the menu beside a kind of text."""
    block = next(block for block in home.blocks if block.get("block_id") == f"kind.{kind}")
    options = block["accessory"]["options"]
    option = next(option for option in options if option["value"] == f"{what}:{kind}")
    await person.choose(home, KIND_ACTION, {"selected_option": option}, block_id=block["block_id"])


def changes(database: Database) -> list[SettingChange]:
    with database.reading() as session:
        return list(session.exec(select(SettingChange)))


def report_state(**changed: Any) -> dict[str, Any]:
    return {"weekday": "friday", "hour": "16", "time_zone": "Europe/Berlin", "threshold": "6.5", **changed}


async def test_a_schedule_holds_at_once_and_is_shown_with_its_author(
    database: Database, tmp_path: Path
) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        await ada.submit_view(await form_of(ada, messages.REPORT_SUBJECT), report_state())
        home = await shown(ada, "Friday at 16:00, Europe/Berlin")
        report = bot.services.settings.report
    assert (report.weekday, report.hour, report.threshold) == ("friday", 16, 6.5)
    assert "Set by <@U0ADA> on" in str(home.blocks)
    assert [(change.key, change.author_id) for change in changes(database)] == [(REPORT_KEY, "U0ADA")]


async def test_what_was_set_in_slack_can_go_back_to_copydesk_toml(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        await ada.submit_view(await form_of(ada, messages.REPORT_SUBJECT), report_state())
        home = await shown(ada, "Friday at 16:00")
        await ada.click(home, BACK_ACTION, block_id=f"undo.{messages.REPORT_SUBJECT}")
        home = await shown(ada, "Monday at 9:00")
        assert bot.services.settings.report.hour == 9
    assert "Set by" not in str(home.blocks)
    assert len(changes(database)) == 2


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone", "IANA time zone"),
        ({"threshold": "eleven"}, "threshold", "must be a number"),
        ({"threshold": "11"}, "threshold", "at most 10"),
        ({"threshold": "nan"}, "threshold", ""),
        ({"time_zone": "Berlin", "threshold": "eleven"}, "time_zone", "Europe/Berlin"),
    ],
)
async def test_what_cannot_hold_is_refused_beside_its_field_and_nothing_is_kept(
    database: Database, tmp_path: Path, changed: dict[str, str], field: str, words: str
) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        form = await form_of(ada, messages.REPORT_SUBJECT)
        with pytest.raises(Refused) as refusal:
            await ada.submit_view(form, report_state(**changed))
        assert bot.services.settings.report.hour == 9
    assert words in refusal.value.answer["errors"][field]
    assert changes(database) == []


async def test_when_raters_learn_who_wrote_a_draft_can_be_changed(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        await ada.submit_view(await form_of(ada, messages.REVEAL_SUBJECT), {"reveal": "never"})
        await shown(ada, texts.REVEAL_EXPLAINED[bot.services.settings.workspace.reveal])
        assert bot.services.settings.workspace.reveal == "never"
        home = await settings_of(ada)
        assert not any(name in str(home.blocks) for name in bot.services.settings.models)


async def test_a_new_kind_can_be_asked_for_at_once_and_be_removed(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        await ada.submit_view(await form_of(ada, messages.NEW_KIND_SUBJECT), NEW_KIND)
        await shown(ada, "Release note")
        await ada.slash("/draft", "release the new search", channel="drafts")
        await bot.services.drafting.idle()
        await ada.wait_for_message("drafts", lambda message: "the new search" in str(message.blocks))
        home = await settings_of(ada, "kind.release_note")
        await choose(ada, home, "release_note", messages.BACK_KIND)
        await ada.wait_for(lambda: "Release note" not in str(getattr(ada.home(), "blocks", "")))
        assert "release_note" not in bot.services.settings.content_types


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": "marketing"}, "name", texts.KIND_EXISTS),
        ({"name": "Release Note"}, "name", "lower-case letter"),
        ({"name": "help"}, "name", "does something else"),
        ({"aliases": "linkedin"}, "aliases", "already means linkedin_post"),
        ({"min_words": "many"}, "min_words", "must be a whole number"),
        ({"min_words": "100"}, "max_words", texts.BOUNDS_CROSSED),
    ],
)
async def test_a_kind_that_cannot_be_is_refused_beside_the_field(
    database: Database, tmp_path: Path, changed: dict[str, str], field: str, words: str
) -> None:
    async with edited(database, tmp_path) as (_bot, ada):
        form = await form_of(ada, messages.NEW_KIND_SUBJECT)
        with pytest.raises(Refused) as refusal:
            await ada.submit_view(form, {**NEW_KIND, **changed})
    assert words in refusal.value.answer["errors"][field]


async def test_of_a_kind_only_what_differs_from_copydesk_toml_is_kept(
    database: Database, tmp_path: Path
) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        form = await form_of_kind(ada, "linkedin_post", messages.CHANGE_KIND)
        kind = bot.services.settings.content_types["linkedin_post"]
        state = {
            "title": kind.title,
            "aliases": " ".join(kind.aliases),
            "min_words": str(kind.min_words),
            "max_words": "250",
            "prompt": kind.prompt.strip(),
            "example_topic": kind.example_topic,
            "platform_limit_characters": str(kind.platform_limit_characters),
        }
        await ada.submit_view(form, state)
        await shown(ada, "100–250 words")
    [change] = changes(database)
    assert (change.key, change.value) == ("content_types.linkedin_post", {"max_words": 250})


async def test_who_writes_a_kind_can_be_changed_with_a_reason(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        form = await form_of_kind(ada, "linkedin_post", messages.CHANGE_ROUTE)
        state = {"models": ["starter-rich"], "substitutes": ["starter-plain"], "reason": "it is quick"}
        await ada.submit_view(form, state)
        await shown(ada, "starter-rich: it is quick")
        rule = bot.services.settings.routes["linkedin_post"]
    assert (rule.models, rule.substitutes) == (("starter-rich",), ("starter-plain",))


async def test_a_changed_route_decides_who_writes_next_and_what_raters_may_guess(
    database: Database, tmp_path: Path
) -> None:
    config = f"{EDITED}[audits]\nguess_share = 1.0\n"
    async with bot_on_playground(database, tmp_path, config=config) as bot:
        ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
        form = await form_of_kind(ada, "linkedin_post", messages.CHANGE_ROUTE)
        state = {"models": ["starter-plain"], "substitutes": ["bloom-560m"], "reason": "it is quick"}
        await ada.submit_view(form, state)
        await shown(ada, "starter-plain: it is quick")
        await ada.slash("/draft", "models", channel="drafts")
        await ada.wait_for_message("drafts", lambda each: "starter-plain: it is quick" in str(each.blocks))

        await ada.slash("/draft", "linkedin remote work", channel="drafts")
        message = await ben.wait_for_message("drafts", lambda each: "context_actions" in str(each.blocks))
        thumbs = next(block for block in message.blocks or () if block["type"] == "context_actions")
        await ben.click(message, messages.THUMB_ACTION, thumbs["elements"][0]["positive_button"]["value"])
        asked = await ben.wait_for_message("drafts", lambda each: "Which model do you" in each.text)
    with database.reading() as session:
        assert session.exec(select(Draft)).one().model_name == "starter-plain"
    offered = [
        element["text"]["text"] for block in asked.blocks or () for element in block.get("elements", ())
    ]
    assert sorted(offered) == sorted(["starter-plain", "bloom-560m", texts.GUESS_NO_IDEA])


async def test_the_house_style_is_changed_where_it_is_shown(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (_bot, ada):
        await ada.submit_view(await form_of(ada, messages.STYLE_SUBJECT), {"style": "Plain words."})
        await shown(ada, "Plain words.")


async def test_others_see_what_holds_and_change_nothing(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (bot, _ada):
        home = await settings_of(bot.slack.as_user("U0BEN"))
    assert CHANGE_ACTION not in str(home.blocks)
    assert KIND_ACTION not in str(home.blocks)


async def test_who_is_no_editor_any_more_is_told_so_by_the_form(database: Database, tmp_path: Path) -> None:
    async with edited(database, tmp_path) as (bot, ada):
        form = await form_of(ada, messages.REPORT_SUBJECT)
        settings = bot.services.settings
        nobody = settings.workspace.model_copy(update={"editors": ()})
        vars(settings)["workspace"] = nobody
        with pytest.raises(Refused) as refusal:
            await ada.submit_view(form, report_state())
    assert refusal.value.answer["errors"] == {"weekday": texts.only_editors_change("U0ADA")}
    assert changes(database) == []
