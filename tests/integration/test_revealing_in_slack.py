"""Undo, the question who wrote a draft, and the answer for those who may know."""

from pathlib import Path

import pytest
from sqlmodel import select

from bot import messages, texts
from bot.effective_settings import REVEAL_KEY
from bot.messages import GUESS_ACTION_PREFIX, THUMB_ACTION
from bot.playground.entities import Json, Message
from bot.playground.testing import Person
from evaluation.database import Database
from evaluation.tables import Draft, ModelGuess, Rating, RatingEvent, RatingEventKind
from tests.bot_on_playground import LocalSlackAndServices, bot_on_playground

ALWAYS, NEVER = "[audits]\nguess_share = 1.0\n", "[audits]\nguess_share = 0.0\n"
AFTER_MY_VOTE = '[workspace]\nreveal = "after_my_vote"\n'


async def draft_for(bot: LocalSlackAndServices) -> tuple[Person, Message]:
    """Ben, and a draft that Ada asked for."""
    ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
    await ada.slash("/draft", "linkedin remote work", channel="drafts")
    message = await ben.wait_for_message("drafts", lambda each: "context_actions" in str(each.blocks))
    await bot.services.drafting.idle()
    return ben, message


async def thumb(person: Person, message: Message, direction: str = "positive_button") -> Message:
    """Clicks a thumb; returns its private confirmation."""
    block = next(block for block in message.blocks or () if block["type"] == "context_actions")
    sign = "👍" if direction == "positive_button" else "👎"
    await person.click(message, THUMB_ACTION, block["elements"][0][direction]["value"])
    return await person.wait_for_message("drafts", lambda each: each.text.startswith(f"Noted {sign}"))


def question_buttons(message: Message) -> list[Json]:
    return [
        element
        for block in message.blocks or ()
        for element in block.get("elements", ())
        if element.get("action_id", "").startswith(GUESS_ACTION_PREFIX)
    ]


async def said(person: Person, words: str) -> Message:
    return await person.wait_for_message(
        "drafts", lambda each: words in each.text and each.ephemeral_to == person.id
    )


async def test_undo_takes_the_thumb_back_and_leaves_the_rest(database: Database, tmp_path: Path) -> None:
    async with bot_on_playground(database, tmp_path, config=NEVER) as bot:
        ben, message = await draft_for(bot)
        await ben.react(message, "six")
        noted = await thumb(ben, message)
        assert "The last click counts" in noted.text
        await ben.click(noted, messages.UNDO_THUMB_ACTION)
        await said(ben, "Took your thumb back")
    with database.reading() as session:
        rating = session.exec(select(Rating)).one()
        kinds = [event.kind for event in session.exec(select(RatingEvent))]
    assert (rating.thumb, rating.score) == (None, 6)
    assert RatingEventKind.THUMB_WITHDRAWN in kinds


async def test_undo_takes_a_score_back(database: Database, tmp_path: Path) -> None:
    async with bot_on_playground(database, tmp_path, config=NEVER) as bot:
        ben, message = await draft_for(bot)
        await ben.click(message, messages.SCORE_ACTION)
        await ben.submit_view(await ben.wait_for_modal(), {"score": "8", "reasons": [], "correction": ""})
        await ben.click(await said(ben, "Saved 8/10"), messages.UNDO_SCORE_ACTION)
        await said(ben, "Took your score back")
    with database.reading() as session:
        assert session.exec(select(Rating)).all() == []


class TestGuess:
    async def test_it_offers_every_model_of_the_route_and_no_idea_and_keeps_the_answer(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=ALWAYS) as bot:
            ben, message = await draft_for(bot)
            await thumb(ben, message)
            question = await said(ben, "Which model do you think")
            offered = [button["text"]["text"] for button in question_buttons(question)]
            rule = bot.services.settings.routes["linkedin_post"]
            assert sorted(offered[:-1]) == sorted({*rule.models, *rule.substitutes})
            assert offered[-1] == texts.GUESS_NO_IDEA
            chosen = question_buttons(question)[0]
            await ben.click(question, chosen["action_id"])
            await said(ben, texts.GUESS_NOTED)
        with database.reading() as session:
            guess = session.exec(select(ModelGuess)).one()
        assert guess.guessed_model == chosen["value"]

    async def test_it_is_asked_once_per_rater_and_draft(self, database: Database, tmp_path: Path) -> None:
        async with bot_on_playground(database, tmp_path, config=ALWAYS) as bot:
            ben, message = await draft_for(bot)
            await thumb(ben, message)
            question = await said(ben, "Which model do you think")
            none = question_buttons(question)[-1]["action_id"]
            await ben.click(question, none)
            await said(ben, texts.GUESS_NOTED)
            await thumb(ben, message, "negative_button")
            await bot.slack.delivered()
            asked = [each for each in ben.messages("drafts") if "Which model do you" in each.text]
        assert asked == []
        with database.reading() as session:
            guess = session.exec(select(ModelGuess)).one()
        assert (guess.guessed_model, guess.answered_at is None) == (None, False)

    async def test_reactions_are_followed_by_no_question(self, database: Database, tmp_path: Path) -> None:
        async with bot_on_playground(database, tmp_path, config=ALWAYS) as bot:
            ben, message = await draft_for(bot)
            await ben.react(message, "+1")
            await bot.slack.delivered()
        with database.reading() as session:
            assert session.exec(select(ModelGuess)).all() == []


class TestReveal:
    async def test_in_report_nobody_is_offered_the_writer(self, database: Database, tmp_path: Path) -> None:
        async with bot_on_playground(database, tmp_path, config=NEVER) as bot:
            ben, message = await draft_for(bot)
            assert texts.REVEAL_BUTTON not in str((await thumb(ben, message)).blocks)

    async def test_the_question_comes_before_the_answer_and_the_answer_locks_the_rating(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=AFTER_MY_VOTE + ALWAYS) as bot:
            ben, message = await draft_for(bot)
            noted = await thumb(ben, message)
            await said(ben, "Which model do you think")
            await ben.click(noted, messages.REVEAL_ACTION)
            question = await said(ben, texts.guess_before_reveal())
            await ben.click(question, question_buttons(question)[-1]["action_id"])
            offer = await said(ben, texts.GUESS_NOTED_FIRST)
            await ben.click(offer, messages.REVEAL_ACTION)
            writer = only_draft(database).model_name
            assert writer in (await said(ben, "was written by")).text
            assert not any(writer in each.text for each in bot.slack.as_user("U0CLEO").messages("drafts"))
            await ben.react(message, "two")
            await said(ben, "Nothing was changed")
        with database.reading() as session:
            rating = session.exec(select(Rating)).one()
        assert (rating.thumb, rating.score, rating.locked_at is None) == (1, None, False)

    async def test_a_locked_rating_opens_no_form_and_takes_no_undo(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=AFTER_MY_VOTE + NEVER) as bot:
            ben, message = await draft_for(bot)
            await ben.click(message, messages.SCORE_ACTION)
            form = await ben.wait_for_modal()
            await ben.submit_view(form, {"score": "8", "reasons": [], "correction": ""})
            noted = await said(ben, "Saved 8/10")
            await thumb(ben, message)
            await ben.click(noted, messages.REVEAL_ACTION)
            await said(ben, "was written by")
            await ben.click(message, messages.SCORE_ACTION)
            await said(ben, "Nothing was changed")
            assert ben.modal() is None

    async def test_a_reaction_counts_and_offers_the_answer_privately(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=AFTER_MY_VOTE + NEVER) as bot:
            ben, message = await draft_for(bot)
            await ben.react(message, "nine")
            offer = await said(ben, "Your reaction counts")
            await ben.click(offer, messages.REVEAL_ACTION)
            await said(ben, "was written by")

    @pytest.mark.parametrize(("setting", "offered"), [("after_my_vote", True), ("never", False)])
    async def test_editors_change_it_while_it_runs(
        self, setting: str, offered: bool, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=NEVER) as bot:
            ben, message = await draft_for(bot)
            await bot.services.changes.change(REVEAL_KEY, setting, author_id="U0ADA", delivery_key="t1")
            assert (texts.REVEAL_BUTTON in str((await thumb(ben, message)).blocks)) is offered


def only_draft(database: Database) -> Draft:
    with database.reading() as session:
        return session.exec(select(Draft)).one()
