"""Two drafts side by side, from a person's hand to one vote in the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from bot import messages, texts
from bot.playground.entities import Message
from bot.playground.testing import Person
from evaluation.database import Database
from evaluation.tables import DraftPair, PairVote, PairVoteEvent, Rating, RatingEvent, VoteChoice
from tests.bot_on_playground import LocalSlackAndServices, bot_on_playground

LEFT, RIGHT = messages.VOTE_ACTIONS[VoteChoice.LEFT], messages.VOTE_ACTIONS[VoteChoice.RIGHT]
AFTER_MY_VOTE = '[workspace]\nreveal = "after_my_vote"\n'
NO_GUESSES = "[audits]\nguess_share = 0.0\n"


@asynccontextmanager
async def pair_in_channel(
    database: Database, data_dir: Path, config: str = NO_GUESSES
) -> AsyncIterator[tuple[LocalSlackAndServices, Person, Message]]:
    """A bot with one posted pair, and Ben, who did not ask for it."""
    async with bot_on_playground(database, data_dir, config=config) as bot:
        ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
        await ada.slash("/draft", "pair linkedin remote work", channel="drafts")
        message = await ben.wait_for_message("drafts", shows_pair)
        await bot.services.drafting.idle()
        yield bot, ben, message


def shows_pair(message: Message) -> bool:
    return any(
        block.get("block_id", "").startswith(messages.PAIR_BLOCK_PREFIX) for block in message.blocks or ()
    )


async def test_one_click_stores_a_vote_and_the_last_one_counts(database: Database, tmp_path: Path) -> None:
    async with pair_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.click(message, LEFT)
        await ben.wait_for_message("drafts", lambda each: each.text.startswith("Noted: A is better"))
        await ben.click(message, RIGHT)
        noted = await ben.wait_for_message("drafts", lambda each: each.text.startswith("Noted: B"))
        assert noted.ephemeral_to == "U0BEN"
        assert not any(
            each.text.startswith("Noted") for each in bot.slack.as_user("U0CLEO").messages("drafts")
        )
    vote = only_vote(database)
    assert (vote.rater_id, vote.choice, vote.others_visible) == ("U0BEN", VoteChoice.RIGHT, False)
    assert count(database, PairVoteEvent) == 2


async def test_why_is_asked_for_on_demand_and_goes_with_the_vote(database: Database, tmp_path: Path) -> None:
    async with pair_in_channel(database, tmp_path) as (bot, ben, message):
        note = await vote(ben, message, LEFT)
        await ben.click(note, messages.WHY_ACTION)
        form = await ben.wait_for_modal()
        await ben.submit_view(form, {"reasons": ["clearer", "better_tone"]})
        assert only_vote(database).reasons == ["clearer", "better_tone"]
        await ben.click(note, messages.UNDO_VOTE_ACTION)
        await bot.slack.delivered()
        await ben.wait_for_message("drafts", lambda each: each.text == texts.VOTE_UNDONE)
    assert count(database, PairVote) == 0


async def test_reasons_for_a_vote_that_has_changed_since_are_not_kept(
    database: Database, tmp_path: Path
) -> None:
    async with pair_in_channel(database, tmp_path) as (_bot, ben, message):
        note = await vote(ben, message, LEFT)
        await ben.click(note, messages.WHY_ACTION)
        form = await ben.wait_for_modal()
        await vote(ben, message, RIGHT)
        with pytest.raises(AssertionError, match="has changed"):
            await ben.submit_view(form, {"reasons": ["clearer"]})
    vote_now = only_vote(database)
    assert (vote_now.choice, vote_now.reasons) == (VoteChoice.RIGHT, [])


async def test_letters_vote_openly_and_whoever_votes_later_could_see_it(
    database: Database, tmp_path: Path
) -> None:
    async with pair_in_channel(database, tmp_path) as (bot, ben, message):
        await ben.react(message, "a")
        await bot.slack.delivered()
        await vote(bot.slack.as_user("U0CLEO"), message, RIGHT)
        thumb = next(block for block in message.blocks or () if block["type"] == "context_actions")
        await bot.slack.as_user("U0CLEO").click(
            message,
            messages.THUMB_ACTION,
            thumb["elements"][0]["positive_button"]["value"],
            block_id=thumb["block_id"],
        )
        await bot.slack.delivered()
        with database.reading() as session:
            votes = {vote.rater_id: vote for vote in session.exec(select(PairVote))}
            rating = session.exec(select(Rating)).one()
        assert (votes["U0BEN"].choice, votes["U0BEN"].others_visible) == (VoteChoice.LEFT, False)
        assert (votes["U0CLEO"].choice, votes["U0CLEO"].others_visible) == (VoteChoice.RIGHT, True)
        assert rating.others_visible
        await ben.unreact(message, "a")
        await bot.slack.delivered()
    assert only_vote(database).rater_id == "U0CLEO"


async def test_a_reaction_that_could_mean_either_draft_is_explained_once(
    database: Database, tmp_path: Path
) -> None:
    async with pair_in_channel(database, tmp_path) as (bot, ben, message):
        for name in ("+1", "nine", "zero"):
            await ben.react(message, name)
        await bot.slack.delivered()
        hints = [each for each in ben.messages("drafts") if each.text == texts.PAIR_REACTION_UNCLEAR]
    assert [hint.ephemeral_to for hint in hints] == ["U0BEN"]
    assert count(database, RatingEvent) == count(database, PairVoteEvent) == 0


async def test_each_half_takes_thumbs_and_liking_both_makes_no_loser(
    database: Database, tmp_path: Path
) -> None:
    async with pair_in_channel(database, tmp_path) as (bot, ben, message):
        for block in message.blocks or ():
            if block["type"] == "context_actions":
                up = block["elements"][0]["positive_button"]["value"]
                await ben.click(message, messages.THUMB_ACTION, up, block_id=block["block_id"])
        await bot.slack.delivered()
    with database.reading() as session:
        assert [rating.thumb for rating in session.exec(select(Rating))] == [1, 1]
    assert count(database, PairVoteEvent) == 0


async def test_after_the_vote_the_rater_alone_is_told_and_everything_is_locked(
    database: Database, tmp_path: Path
) -> None:
    async with pair_in_channel(database, tmp_path, AFTER_MY_VOTE + NO_GUESSES) as (bot, ben, message):
        note = await vote(ben, message, LEFT)
        await ben.click(note, messages.REVEAL_ACTION)
        told = await ben.wait_for_message("drafts", lambda each: "was written by" in each.text)
        assert told.ephemeral_to == "U0BEN"
        assert only_vote(database).locked_at is not None
        await ben.click(message, RIGHT)
        refused = await ben.wait_for_message(
            "drafts", lambda each: each.text.startswith("Nothing was changed")
        )
        assert refused.ephemeral_to == "U0BEN"
        thumb = next(block for block in message.blocks or () if block["type"] == "context_actions")
        up = thumb["elements"][0]["positive_button"]["value"]
        await ben.click(message, messages.THUMB_ACTION, up, block_id=thumb["block_id"])
        await ben.react(message, "b")
        await bot.slack.delivered()
    assert only_vote(database).choice is VoteChoice.LEFT
    assert count(database, Rating) == 0


async def test_half_of_a_pair_is_revealed_after_the_vote_only(database: Database, tmp_path: Path) -> None:
    async with pair_in_channel(database, tmp_path, AFTER_MY_VOTE + NO_GUESSES) as (bot, ben, message):
        thumb = next(block for block in message.blocks or () if block["type"] == "context_actions")
        up = thumb["elements"][0]["positive_button"]["value"]
        await ben.click(message, messages.THUMB_ACTION, up, block_id=thumb["block_id"])
        noted = await ben.wait_for_message("drafts", lambda each: each.text.startswith("Noted 👍"))
        await ben.click(noted, messages.REVEAL_ACTION)
        await ben.wait_for_message("drafts", lambda each: each.text == texts.REVEAL_NEEDS_VOTE)
        await bot.slack.delivered()
    with database.reading() as session:
        assert session.exec(select(Rating)).one().locked_at is None


async def vote(person: Person, message: Message, action_id: str) -> Message:
    """Clicks a vote and waits for its private confirmation."""
    words = "Noted: A is better" if action_id == LEFT else "Noted: B is better"
    await person.click(message, action_id)
    return await person.wait_for_message(
        "drafts", lambda each: each.text.startswith(words) and each.ephemeral_to == person.id
    )


def only_vote(database: Database) -> PairVote:
    with database.reading() as session:
        return session.exec(select(PairVote)).one()


def count(
    database: Database, table: type[PairVote | PairVoteEvent | Rating | RatingEvent | DraftPair]
) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())
