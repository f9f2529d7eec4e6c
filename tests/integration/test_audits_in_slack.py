"""Drafts that chance picked for a rater: in the App Home, by direct message, rated, skipped, turned off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot import messages, texts
from bot.messages import BY_MESSAGE, IN_HOME
from bot.playground.entities import Json, View
from bot.playground.testing import Person, Refused
from bot.schedule import look_around
from evaluation import store
from evaluation.database import Database
from evaluation.tables import AuditState, AuditTask, RaterPreference, Rating
from tests.bot_on_playground import LocalSlackAndServices, bot_on_playground
from tests.playground_app import ManualClock
from tests.scripted_modules import ScriptedModules

NO_GUESSES = "[audits]\nguess_share = 0.0\n"
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def drafts_waiting(
    database: Database, data_dir: Path, topics: int = 2, config: str = NO_GUESSES, now: datetime = NINE
) -> AsyncIterator[tuple[LocalSlackAndServices, Person, ManualClock]]:
    """A bot with drafts that Ada asked for, and Ben, who rated none of them."""
    clock = ManualClock(now)
    async with bot_on_playground(
        database, data_dir, config=config, clock=clock, run_module=ScriptedModules()
    ) as bot:
        ada = bot.slack.as_user("U0ADA")
        for number in range(topics):
            await ada.slash("/draft", f"linkedin topic number {number}", channel="drafts")
            await bot.services.drafting.idle()
        yield bot, bot.slack.as_user("U0BEN"), clock


async def home_of(person: Person, expected: str) -> View:
    await person.open_home()
    return await person.wait_for(
        lambda: view if (view := person.home()) and expected in str(view.blocks) else None
    )


def rows(database: Database, table: type[AuditTask]) -> list[AuditTask]:
    with database.reading() as session:
        return list(session.exec(select(table)))


async def test_drafts_wait_in_the_home_without_anybody_s_name_or_opinion(
    database: Database, tmp_path: Path
) -> None:
    async with drafts_waiting(database, tmp_path) as (_bot, ben, _clock):
        home = await home_of(ben, texts.audits_waiting(2))
        waiting = [block for block in home.blocks if str(block.get("block_id", "")).startswith("audit.")]
        assert len(waiting) == 2
        assert "U0ADA" not in str(home.blocks)


async def test_whoever_asked_for_the_drafts_is_not_asked(database: Database, tmp_path: Path) -> None:
    async with drafts_waiting(database, tmp_path) as (bot, _ben, _clock):
        await home_of(bot.slack.as_user("U0ADA"), texts.AUDIT_NOTHING_WAITS)
    assert rows(database, AuditTask) == []


async def test_what_was_asked_for_in_private_is_shown_to_nobody_else(
    database: Database, tmp_path: Path
) -> None:
    async with drafts_waiting(database, tmp_path, topics=1) as (bot, ben, _clock):
        workspace = bot.slack.slack.workspace
        drafts = workspace.find_channel("drafts")
        members = tuple(each for each in drafts.members if each != ben.id)
        workspace.put_channel(drafts.model_copy(update={"is_private": True, "members": members}))
        await home_of(ben, texts.AUDIT_NOTHING_WAITS)
        await home_of(bot.slack.as_user("U0CLEO"), texts.audits_waiting(1))
        await bot.slack.as_user("U0CLEO").slash("/draft", "linkedin in private", channel="im")
        await bot.services.drafting.idle()
        await home_of(ben, texts.AUDIT_NOTHING_WAITS)
        looked_into = [
            call.arguments["channel"] for call in bot.slack.calls if call.method == "conversations.info"
        ]
    assert drafts.id in looked_into
    assert not any(channel.startswith("D") for channel in looked_into)


async def test_a_waiting_draft_is_read_whole_and_rated_and_leaves_the_home(
    database: Database, tmp_path: Path
) -> None:
    async with drafts_waiting(database, tmp_path, topics=1) as (bot, ben, _clock):
        home = await home_of(ben, texts.audits_waiting(1))
        await ben.click(home, messages.AUDIT_RATE_ACTION)
        form = await ben.wait_for_modal()
        assert "A second paragraph that ends with a question?" in str(form.blocks)
        await ben.submit_view(form, {"score": "7", "reasons": [], "correction": ""})
        await bot.slack.delivered()
        thanks = await ben.wait_for_modal()
        assert "Saved 7/10" in str(thanks.blocks)
        await ben.wait_for(lambda: texts.AUDIT_NOTHING_WAITS in str(getattr(ben.home(), "blocks", "")))
        await ben.click(thanks, messages.UNDO_SCORE_ACTION)
        await ben.wait_for(lambda: "Took your score back" in str(getattr(ben.modal(), "blocks", "")))
    assert [task.state for task in rows(database, AuditTask)] == [AuditState.RATED]
    with database.reading() as session:
        assert session.exec(select(Rating)).all() == []


async def test_a_skipped_draft_keeps_its_reason_and_does_not_come_again(
    database: Database, tmp_path: Path
) -> None:
    async with drafts_waiting(database, tmp_path, topics=1) as (_bot, ben, _clock):
        home = await home_of(ben, texts.audits_waiting(1))
        await ben.click(home, messages.AUDIT_SKIP_ACTION)
        await ben.submit_view(await ben.wait_for_modal(), {"reason": "not_my_subject"})
        await ben.wait_for(lambda: texts.AUDIT_NOTHING_WAITS in str(getattr(ben.home(), "blocks", "")))
    (task,) = rows(database, AuditTask)
    assert (task.state, task.decline_reason) == (AuditState.DECLINED, "not_my_subject")


async def test_a_task_that_no_longer_waits_says_so(database: Database, tmp_path: Path) -> None:
    async with drafts_waiting(database, tmp_path, topics=1) as (bot, ben, _clock):
        home = await home_of(ben, texts.audits_waiting(1))
        (task,) = rows(database, AuditTask)
        await bot.services.audits.decline(task.id, "U0BEN", "no_time")
        await ben.click(home, messages.AUDIT_RATE_ACTION)
        await ben.wait_for(lambda: texts.AUDIT_TASK_IS_GONE in str(getattr(ben.modal(), "blocks", "")))


async def test_whoever_turns_it_off_is_asked_no_more(database: Database, tmp_path: Path) -> None:
    async with drafts_waiting(database, tmp_path) as (_bot, ben, _clock):
        home = await home_of(ben, texts.audits_waiting(2))
        await ben.click(home, messages.AUDIT_SETTINGS_ACTION)
        await ben.submit_view(await ben.wait_for_modal(), {"places": [], "hour": "9", "times": "3"})
        await ben.wait_for(lambda: texts.AUDIT_IS_OFF in str(getattr(ben.home(), "blocks", "")))


async def test_messages_without_the_home_are_refused_beside_the_field(
    database: Database, tmp_path: Path
) -> None:
    async with drafts_waiting(database, tmp_path) as (_bot, ben, _clock):
        await ben.click(await home_of(ben, texts.audits_waiting(2)), messages.AUDIT_SETTINGS_ACTION)
        form, wish = await ben.wait_for_modal(), {"places": [BY_MESSAGE], "hour": "9", "times": "3"}
        with pytest.raises(Refused) as refusal:
            await ben.submit_view(form, wish)
    assert refusal.value.answer["errors"] == {"places": texts.PREFERENCES_MESSAGE_NEEDS_HOME}


class TestDirectMessages:
    async def test_one_comes_at_the_chosen_hour_once_and_its_drafts_are_rated_there(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with drafts_waiting(database, tmp_path, topics=1) as (bot, ben, _clock):
            await opt_in(ben, hour="9")
            await look_around(bot.services)
            await look_around(bot.services)
            (message,) = [each for each in ben.messages("im") if each.text == texts.audits_waiting(1)]
            await ben.click(message, messages.AUDIT_RATE_ACTION)
            await ben.submit_view(await ben.wait_for_modal(), {"score": "4", "reasons": [], "correction": ""})
            await ben.wait_for_message("im", lambda each: texts.AUDIT_NOTHING_WAITS in str(each.blocks))

    async def test_none_comes_at_another_hour_or_to_somebody_who_did_not_ask(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with drafts_waiting(database, tmp_path) as (bot, ben, clock):
            await opt_in(ben, hour="10")
            await look_around(bot.services)
            assert ben.messages("im") == []
            clock.pass_seconds(3600)
            await look_around(bot.services)
            assert len(ben.messages("im")) == 1
            assert bot.slack.as_user("U0CLEO").messages("im") == []

    async def test_no_more_come_than_a_week_may_hold(self, database: Database, tmp_path: Path) -> None:
        async with drafts_waiting(database, tmp_path) as (bot, ben, clock):
            await opt_in(ben, hour="9", times="2")
            sent = []
            for _day in range(9):
                await look_around(bot.services)
                sent.append(len(ben.messages("im")))
                clock.pass_seconds(24 * 3600)
        assert sent == [1, 2, 2, 2, 2, 2, 2, 3, 4]

    async def test_the_hour_is_that_of_the_person_s_own_clock(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with drafts_waiting(database, tmp_path) as (bot, ben, clock):
            with database.transaction() as session:
                store.save_preference(
                    session,
                    RaterPreference(
                        rater_id="U0BEN",
                        message_hour=18,
                        time_zone="Asia/Tokyo",
                        messages_per_week=7,
                        updated_at=NINE,
                    ),
                )
            clock.now = NINE - timedelta(hours=1)
            await look_around(bot.services)
            assert ben.messages("im") == []
            clock.now = NINE
            await look_around(bot.services)
            assert len(ben.messages("im")) == 1

    async def test_nothing_is_sent_where_nothing_waits(self, database: Database, tmp_path: Path) -> None:
        async with drafts_waiting(database, tmp_path, topics=0) as (bot, ben, _clock):
            await home_of(ben, texts.AUDIT_NOTHING_WAITS)
            await opt_in(ben, hour="9")
            await look_around(bot.services)
            assert ben.messages("im") == []
        with database.reading() as session:
            assert session.exec(select(RaterPreference)).one().last_message_at is None


async def opt_in(person: Person, hour: str, times: str = "7") -> None:
    await person.open_home()
    home = await person.wait_for(person.home)
    await person.click(home, messages.AUDIT_SETTINGS_ACTION)
    state: Json = {"places": [IN_HOME, BY_MESSAGE], "hour": hour, "times": times}
    await person.submit_view(await person.wait_for_modal(), state)
