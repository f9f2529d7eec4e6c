"""Reactions, thumbs and the score form, from a person's hand to one rating in the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot import texts
from bot.messages import SCORE_ACTION, THUMB_ACTION
from bot.playground.entities import BOT_USER_ID, Message
from bot.playground.testing import Person, Refused
from evaluation import store
from evaluation.database import Database
from evaluation.tables import Draft, Rating, RatingEvent
from tests.bot_on_playground import LocalSlackAndServices, bot_on_playground


@asynccontextmanager
async def draft_in_channel(
    database: Database, data_dir: Path
) -> AsyncIterator[tuple[LocalSlackAndServices, Person, Message]]:
    """A bot with one posted draft, and Ben, who did not ask for it."""
    async with bot_on_playground(database, data_dir) as bot:
        ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
        await ada.slash("/draft", "linkedin remote work", channel="drafts")
        message = await ben.wait_for_message("drafts", lambda each: each.text.startswith("Draft "))
        await bot.services.drafting.idle()
        yield bot, ben, message


@pytest.mark.parametrize(
    ("reaction", "thumb", "score"),
    [
        ("+1", 1, None),
        ("thumbsup", 1, None),
        ("+1::skin-tone-3", 1, None),
        ("-1", -1, None),
        ("one", None, 1),
        ("nine", None, 9),
        ("keycap_ten", None, 10),
    ],
)
async def test_a_reaction_is_a_rating(
    reaction: str, thumb: int | None, score: int | None, database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.react(message, reaction)
        await bot.slack.delivered()
        rating = current(database)
    assert (rating.rater_id, rating.thumb, rating.score) == ("U0BEN", thumb, score)


async def test_the_last_keycap_wins_and_removing_it_brings_back_the_one_still_there(
    database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.react(message, "six")
        await ben.react(message, "nine")
        await bot.slack.delivered()
        assert current(database).score == 9
        await ben.unreact(message, "nine")
        await bot.slack.delivered()
        assert current(database).score == 6


async def test_nothing_counts_but_a_person_s_rating_of_a_draft(database: Database, tmp_path: Path) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.react(message, "eyes")
        await ben.post("just talking", channel="drafts")
        talk = await ben.wait_for_message("drafts", lambda each: each.text == "just talking")
        await ben.react(talk, "+1")
        await bot.slack.as_user(BOT_USER_ID).react(message, "+1")
        await ben.react(message, "-1")
        await bot.slack.delivered()
    assert current(database).thumb == -1


async def test_a_zero_is_explained_and_not_counted(database: Database, tmp_path: Path) -> None:
    async with draft_in_channel(database, tmp_path) as (_bot, ben, message):
        await ben.react(message, "zero")
        hint = await ben.wait_for_message("drafts", lambda each: each.text == texts.ZERO_IS_NO_SCORE)
    assert hint.ephemeral_to == "U0BEN"
    with database.reading() as session:
        assert session.exec(select(RatingEvent)).all() == []


async def test_a_thumb_button_is_private_and_the_last_click_counts(
    database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        up, down = thumb_values(message)
        await ben.click(message, THUMB_ACTION, up)
        await ben.click(message, THUMB_ACTION, down)
        await bot.slack.delivered()
        noted = await ben.wait_for_message("drafts", lambda each: each.text.startswith("Noted 👎"))
        assert noted.ephemeral_to == "U0BEN"
        assert not any(
            each.text.startswith("Noted") for each in bot.slack.as_user("U0CLEO").messages("drafts")
        )
    assert current(database).thumb == -1


async def test_the_form_stores_score_reasons_and_correction_and_shows_them_again(
    database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.click(message, SCORE_ACTION)
        form = await ben.wait_for_modal()
        filled = {"score": "8", "reasons": ["clear"], "correction": "My own words."}
        await ben.submit_view(form, filled)
        await bot.slack.delivered()
        rating = current(database)
        await ben.click(message, SCORE_ACTION)
        again = await ben.wait_for_modal()
    assert (rating.score, rating.reasons, rating.correction) == (8, ["clear"], "My own words.")
    score, reasons, correction = (block["element"] for block in again.blocks[1:])
    assert score["initial_option"]["value"] == "8"
    assert [choice["value"] for choice in reasons["initial_options"]] == ["clear"]
    assert correction["initial_value"] == "My own words."


async def test_a_rating_is_saved_even_where_nobody_can_be_told_and_the_next_one_replaces_it(
    database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.click(message, SCORE_ACTION)
        form = await ben.wait_for_modal()
        workspace = bot.slack.slack.workspace
        drafts = workspace.find_channel("drafts")
        workspace.put_channel(drafts.model_copy(update={"members": ("U0BEN",)}))
        await ben.submit_view(form, {"score": "3"})
        assert current(database).score == 3
        workspace.put_channel(drafts)
        await ben.click(message, SCORE_ACTION)
        await ben.submit_view(await ben.wait_for_modal(), {"score": "9"})
    assert current(database).score == 9


async def test_a_reaction_on_a_draft_known_to_be_deleted_is_let_go(
    database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        with database.transaction() as session:
            draft = session.exec(select(Draft)).one()
            store.mark_deleted(session, draft.id, datetime.now(UTC))
        await ben.react(message, "nine")
        await bot.slack.delivered()
    with database.reading() as session:
        assert session.exec(select(Rating)).all() == []


@pytest.mark.parametrize("score", ["0", "11"])
async def test_a_score_out_of_range_is_refused_beside_its_field(
    score: str, database: Database, tmp_path: Path
) -> None:
    forged = {
        "score": {"score": {"type": "static_select", "selected_option": {"value": score}}},
        "reasons": {"reasons": {"type": "checkboxes", "selected_options": []}},
        "correction": {"correction": {"type": "plain_text_input", "value": "kept"}},
    }
    async with draft_in_channel(database, tmp_path) as (_bot, ben, message):
        await ben.click(message, SCORE_ACTION)
        form = await ben.wait_for_modal()
        with pytest.raises(Refused) as refusal:
            await ben.submit_view(form, forged)
    assert refusal.value.answer["errors"] == {"score": texts.SCORE_OUT_OF_RANGE}


async def test_a_deleted_draft_takes_no_ratings_and_the_form_stays_open(
    database: Database, tmp_path: Path
) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.click(message, SCORE_ACTION)
        form = await ben.wait_for_modal()
        await bot.services.slack.chat_delete(channel=message.channel, ts=message.ts)
        with pytest.raises(Refused) as refusal:
            await ben.submit_view(form, {"score": "8", "reasons": [], "correction": "kept"})
    assert refusal.value.answer["errors"] == {"correction": texts.DRAFT_IS_GONE}
    with database.reading() as session:
        assert session.exec(select(Rating)).all() == []


async def test_two_people_have_a_rating_each(database: Database, tmp_path: Path) -> None:
    async with draft_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.react(message, "six")
        await bot.slack.as_user("U0CLEO").react(message, "two")
        await bot.slack.delivered()
    with database.reading() as session:
        ratings = {rating.rater_id: rating.score for rating in session.exec(select(Rating))}
    assert ratings == {"U0BEN": 6, "U0CLEO": 2}


def current(database: Database) -> Rating:
    """The only rating there is."""
    with database.reading() as session:
        return session.exec(select(Rating)).one()


def thumb_values(message: Message) -> tuple[str, str]:
    (buttons,) = next(
        block["elements"] for block in message.blocks or () if block["type"] == "context_actions"
    )
    return buttons["positive_button"]["value"], buttons["negative_button"]["value"]
