"""Every way to ask: words behind /draft, the form, a mention, a message's shortcut; and the house style."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from slack_sdk.models.blocks import Block
from sqlmodel import select

from bot.playground.entities import Message
from bot.playground.testing import Refused
from evaluation import store
from evaluation.database import Database
from evaluation.tables import Draft, DraftRequest, RequestOrigin
from tests.bot_on_playground import ScriptedWriter, bot_on_playground
from tests.rows import COSTS, draft_row, request_row

EDITOR = """
[workspace]
editors = ["U0ADA"]
"""
NEVER = """
[workspace]
reveal = "never"
"""


class TestWords:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("help", "`/draft pair &lt;kind&gt; &lt;topic&gt;`"),
            ("types", "`linkedin` · LinkedIn post, 100–300 words"),
            ("queue", "Nothing is being written"),
            ("mine", "You have no drafts yet"),
            ("mine tea", "None of your drafts says “tea”"),
            ("cost", "No drafts were written on this machine in"),
            ("models", "starter-rich"),
            ("stop", "nothing to stop"),
            ("style", "There is no house style yet"),
            ("report linkedin", "says nothing about “LinkedIn post”"),
            ("haiku tea", "I don't know the kind"),
        ],
    )
    async def test_each_is_answered_to_the_one_who_asked(
        self, database: Database, tmp_path: Path, typed: str, said: str
    ) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", typed, channel="drafts")
            answer = await ada.wait_for_message("drafts", lambda each: said in _words(each))
        assert answer.ephemeral_to == "U0ADA"
        for block in Block.parse_all(answer.blocks or []):
            block.validate_json()

    async def test_one_s_own_drafts_are_found_by_their_words_with_a_link(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin remote work", channel="drafts")
            await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
            await ada.slash("/draft", "mine REMOTE paragraph", channel="drafts")
            found = await ada.wait_for_message("drafts", lambda each: "Your drafts" in each.text)
            await bot.slack.as_user("U0BEN").slash("/draft", "mine remote", channel="drafts")
        assert "remote work" in _words(found)
        assert "|Open>" in _words(found)
        assert found.ephemeral_to == "U0ADA"

    async def test_costs_are_told_as_three_lines_beside_the_cloud(
        self, database: Database, tmp_path: Path
    ) -> None:
        _record_posted_draft(database, at=datetime.now(UTC))
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "cost", channel="drafts")
            told = await ada.wait_for_message("drafts", lambda each: "ownership" in _words(each))
        for line in ("marginal", "busy time", "ownership", "gpt"):
            assert line in _words(told)

    async def test_where_models_are_never_revealed_none_is_listed(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=NEVER) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "models", channel="drafts")
            told = await ada.wait_for_message("drafts", lambda each: "stay hidden" in _words(each))
        assert "starter" not in _words(told)


class TestForm:
    async def test_everything_said_in_the_form_is_kept_with_the_wish(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", channel="drafts")
            form = await ada.wait_for_modal()
            await ada.submit_view(
                form, {"kind": "client_email", "topic": "the delay", "tone": "Calm", "facts": "Two\nweeks"}
            )
            await ada.wait_for_message("drafts", _is_draft)
        request = _request(database)
        assert (request.origin, request.content_type) == (RequestOrigin.FORM, "client_email")
        assert request.brief == {"tone": "Calm", "facts": "Two\nweeks"}

    async def test_what_is_wrong_stands_beside_its_field(self, database: Database, tmp_path: Path) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", channel="drafts")
            form = await ada.wait_for_modal()
            with pytest.raises(Refused) as refusal:
                await ada.submit_view(form, {"kind": "client_email", "topic": "\u0007"})
        assert "topic" in refusal.value.answer["errors"]

    async def test_where_the_bot_may_not_post_the_requester_hears_of_it(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            workspace = bot.slack.slack.workspace
            drafts = workspace.find_channel("drafts")
            workspace.put_channel(drafts.model_copy(update={"members": ("U0ADA",)}))
            await ada.slash("/draft", channel="drafts")
            form = await ada.wait_for_modal()
            await ada.submit_view(form, {"kind": "client_email", "topic": "the delay"})
            await ada.wait_for_message("im", lambda each: "/invite" in each.text)


class TestMentionsAndShortcuts:
    async def test_a_mention_is_answered_in_its_thread(self, database: Database, tmp_path: Path) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.mention("write a linkedin post about tea", channel="drafts")
            draft = await ada.wait_for_message("drafts", _is_draft)
            asked = ada.messages("drafts")[0]
            await bot.services.drafting.idle()
        request = _request(database)
        assert (request.origin, request.topic) == (RequestOrigin.MENTION, "tea")
        assert draft.thread_ts == asked.ts == request.thread_ts

    async def test_a_mention_without_a_kind_is_answered_with_an_example(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.mention("hello there", channel="drafts")
            told = await ada.wait_for_message("drafts", lambda each: "which kind" in each.text)
        assert told.ephemeral_to == "U0ADA"
        assert told.thread_ts is None  # there, Slack would show it only below other replies

    async def test_a_message_becomes_a_draft_below_it(self, database: Database, tmp_path: Path) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
            await ben.post("We moved to the north & it is cold.", channel="drafts")
            message = ben.messages("drafts")[-1]
            await ada.shortcut("draft_from_message", message)
            form = await ada.wait_for_modal()
            assert "We moved to the north & it is cold." in str(form.blocks)
            await ada.submit_view(
                form, {"kind": "linkedin_post", "topic": "our move", "facts": "It is cold."}
            )
            draft = await ada.wait_for_message("drafts", _is_draft)
        request = _request(database)
        assert (request.origin, request.requester_id) == (RequestOrigin.SHORTCUT, "U0ADA")
        assert draft.thread_ts == message.ts


class TestHouseStyle:
    async def test_an_editor_writes_it_and_drafts_carry_its_version(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = ScriptedWriter()
        async with bot_on_playground(database, tmp_path, writer=writer, config=EDITOR) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "style", channel="drafts")
            form = await ada.wait_for_modal()
            await ada.submit_view(form, {"style": "No slang."})
            await ada.wait_for_message("im", lambda each: "Saved" in each.text)
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            await ada.wait_for_message("drafts", _is_draft)
            await ada.slash("/draft", channel="drafts")
            draft_form = await ada.wait_for_modal()
        assert "house style applies" in str(draft_form.blocks)
        # The starter models know names and topics only, so nothing says that theirs was told.
        assert _draft(database).style_version is None
        assert "No slang" not in str(writer.asked[0].prompt)

    async def test_others_may_read_it(self, database: Database, tmp_path: Path) -> None:
        with database.transaction() as session:
            store.save_house_style(session, "T0LOCAL", "No <slang>.", "U0ADA", datetime.now(UTC))
        async with bot_on_playground(database, tmp_path, config=EDITOR) as bot:
            ben = bot.slack.as_user("U0BEN")
            await ben.slash("/draft", "style", channel="drafts")
            told = await ben.wait_for_message("drafts", lambda each: "Only editors" in _words(each))
        assert told.ephemeral_to == "U0BEN"

    async def test_the_same_style_has_the_same_version_and_empty_means_none(self, database: Database) -> None:
        now = datetime.now(UTC)
        with database.transaction() as session:
            first = store.save_house_style(session, "T1", "No slang.", "U1", now)
            again = store.save_house_style(session, "T1", "No slang.", "U2", now)
            assert first is not None
            assert again == first
            assert store.house_style(session, "T2") is None


def _is_draft(message: Message) -> bool:
    return message.ephemeral_to is None and message.text.startswith("Draft ")


def _words(message: Message) -> str:
    return f"{message.text} {message.blocks}"


def _request(database: Database) -> DraftRequest:
    with database.reading() as session:
        return session.exec(select(DraftRequest)).one()


def _draft(database: Database) -> Draft:
    with database.reading() as session:
        return session.exec(select(Draft)).one()


def _record_posted_draft(database: Database, at: datetime) -> None:
    request = request_row(channel_id="C0DRAFTS", requester_id="U0ADA", created_at=at)
    with database.transaction() as session:
        store.record_request(session, request)
        draft = store.record_draft(
            session, draft_row(request.id, label="", created_at=at), (), COSTS, Random(1)
        )
        store.mark_posted(session, draft.id, "C0DRAFTS", "1.1", at)
