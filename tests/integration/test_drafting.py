"""A draft's way, and how it continues after every interruption."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlmodel import col, select

from bot.errors import WritingFailed
from bot.messages import thumb_block_id
from bot.playground.entities import Message
from evaluation import store
from evaluation.database import Database
from evaluation.tables import CostEntry, Draft, DraftRequest, HeuristicScore, RequestState
from tests.bot_on_playground import TEXT, LocalSlackAndServices, ScriptedWriter, bot_on_playground
from tests.playground_app import ManualClock
from tests.rows import draft_row, request_row

ONE_STAND_IN = """
[routes.default]
models = ["qwen3-4b-instruct"]
substitutes = ["starter-rich"]
reason = "a current model"
"""
TWO_ROUTED = """
[routes.linkedin_post]
models = ["starter-plain", "starter-rich"]
substitutes = []
reason = "one of two"

[drafting]
pair_share = 0.0
"""
SUSPENDED = WritingFailed("It is suspended.", retryable=False, model_unusable=True)
NO_MODEL = """
[routes.default]
models = ["qwen3-4b-instruct"]
substitutes = []
reason = "a current model"
"""


async def test_a_draft_is_recorded_with_everything_and_posted_under_its_label(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path, config=ONE_STAND_IN) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin remote work & tea", channel="drafts")
        message = await ada.wait_for_message("drafts", _is_draft)
        draft, request = await _posted(bot, database)

    assert (draft.channel_id, draft.message_ts) == (message.channel, message.ts)
    assert (draft.model_name, draft.model_revision) == ("starter-rich", "r3v1510n")
    assert draft.substitute_for == "qwen3-4b-instruct"
    assert draft.propensity == 1
    assert request.topic == "remote work & tea"
    assert draft.label in message.text
    assert _block_text(message).count("A second paragraph") == 1
    with database.reading() as session:
        scores = session.exec(select(HeuristicScore)).all()
        (cost,) = session.exec(select(CostEntry)).all()
    assert len(scores) == 5
    assert cost.amount_usd == pytest.approx(0.00000296, rel=1e-3)


async def test_the_requester_is_told_once_that_a_stand_in_wrote_and_never_which(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path, config=ONE_STAND_IN) as bot:
        ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
        await ada.slash("/draft", "linkedin first", channel="drafts")
        notice = await ada.wait_for_message("drafts", _is_notice)
        await ada.slash("/draft", "linkedin second", channel="drafts")
        await ada.wait_for(lambda: len(list(filter(_is_draft, ada.messages("drafts")))) == 2)
        await ben.slash("/draft", "linkedin third", channel="drafts")
        await ben.wait_for_message("drafts", _is_notice)

        assert len(list(filter(_is_notice, ada.messages("drafts")))) == 1
    assert "not on this machine" in notice.text
    assert "starter" not in notice.text
    assert "qwen" not in notice.text


async def test_a_model_that_cannot_write_is_replaced_by_another_of_its_rule(
    database: Database, tmp_path: Path
) -> None:
    writer = ScriptedWriter([SUSPENDED, TEXT])
    async with bot_on_playground(database, tmp_path, config=TWO_ROUTED, writer=writer) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin news", channel="drafts")
        notice = await ada.wait_for_message("drafts", _is_notice)
        draft, _ = await _posted(bot, database)
    first, second = [order.model for order in writer.asked]
    assert {first, second} == {"starter-plain", "starter-rich"}
    assert (draft.substitute_for, draft.model_name) == (first, second)
    assert "cannot write at the moment" in draft.route_reason
    assert "starter" not in notice.text


async def test_every_model_is_asked_once_and_then_the_request_fails(
    database: Database, tmp_path: Path
) -> None:
    writer = ScriptedWriter([SUSPENDED])
    async with bot_on_playground(database, tmp_path, config=TWO_ROUTED, writer=writer) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin news", channel="drafts")
        await ada.wait_for_message("drafts", lambda message: "couldn't" in message.text)
    assert sorted(order.model for order in writer.asked) == ["starter-plain", "starter-rich"]
    with database.reading() as session:
        (request,) = session.exec(select(DraftRequest)).all()
    assert request.error == "It is suspended."


async def test_a_text_that_shared_the_machine_pays_for_its_share(database: Database, tmp_path: Path) -> None:
    writer = ScriptedWriter([replace(TEXT, busy_seconds=TEXT.latency_seconds / 4)])
    async with bot_on_playground(database, tmp_path, writer=writer) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin news", channel="drafts")
        await ada.wait_for_message("drafts", _is_draft)
        draft, _ = await _posted(bot, database)
    with database.reading() as session:
        (cost,) = session.exec(select(CostEntry)).all()
    assert draft.busy_seconds == TEXT.latency_seconds / 4
    assert cost.amount_usd == pytest.approx(0.00000296 / 4, rel=1e-2)


async def test_what_another_machine_took_is_not_billed_at_our_watts(
    database: Database, tmp_path: Path
) -> None:
    elsewhere = ScriptedWriter([replace(TEXT, device="remote")])
    async with bot_on_playground(database, tmp_path, writer=elsewhere) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin tea", channel="drafts")
        await ada.wait_for_message("drafts", _is_draft)

    with database.reading() as session:
        assert session.exec(select(CostEntry)).all() == []


async def test_a_request_that_was_only_recorded_is_written_and_posted_at_the_next_start(
    database: Database, tmp_path: Path
) -> None:
    request = _request()
    with database.transaction() as session:
        store.record_request(session, request)
    async with bot_on_playground(database, tmp_path, connected=False) as bot:
        await bot.services.drafting.resume()
        message = await bot.slack.as_user("U0ADA").wait_for_message("drafts", _is_draft)
        draft, _ = await _posted(bot, database)
    assert draft.message_ts == message.ts


async def test_a_text_that_was_recorded_but_not_posted_is_posted_and_not_written_again(
    database: Database, tmp_path: Path
) -> None:
    writer = ScriptedWriter()
    async with bot_on_playground(database, tmp_path, writer=writer, connected=False) as bot:
        draft = _record_draft(database)
        await bot.services.drafting.resume()
        message = await bot.slack.as_user("U0ADA").wait_for_message("drafts", _is_draft)
        posted, _ = await _posted(bot, database)
    assert writer.asked == []
    assert posted.id == draft.id
    assert draft.text.split("\n")[0] in _block_text(message)


async def test_a_draft_that_was_posted_before_the_crash_is_found_and_not_posted_twice(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path, connected=False) as bot:
        draft = _record_draft(database)
        block = {"type": "divider", "block_id": thumb_block_id(draft.id)}
        first = await bot.services.slack.chat_postMessage(channel="C0DRAFTS", text="posted", blocks=[block])
        await bot.services.drafting.resume()
        posted, _ = await _posted(bot, database)
        shown = list(bot.slack.as_user("U0ADA").messages("drafts"))
    assert posted.message_ts == first["ts"]
    assert len(shown) == 1


async def test_a_request_read_before_it_was_finished_is_not_begun_again(
    database: Database, tmp_path: Path
) -> None:
    writer = ScriptedWriter()
    async with bot_on_playground(database, tmp_path, writer=writer, connected=False) as bot:
        with database.transaction() as session:
            store.record_request(session, _request())
        with database.reading() as session:
            (as_it_was,) = store.unfinished_requests(session)
        bot.services.drafting.begin(as_it_was)
        await bot.services.drafting.idle()
        bot.services.drafting.begin(as_it_was)
        await bot.services.drafting.idle()
        shown = bot.slack.as_user("U0ADA").messages("drafts")
    assert len(writer.asked) == 1
    assert len([message for message in shown if _is_draft(message)]) == 1


async def test_a_failure_tells_the_requester_and_keeps_the_request(
    database: Database, tmp_path: Path
) -> None:
    writer = ScriptedWriter([WritingFailed("The model does not fit into memory.", retryable=False)])
    async with bot_on_playground(database, tmp_path, writer=writer) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin <!channel> news", channel="drafts")
        notice = await ada.wait_for_message("drafts", lambda message: "couldn't" in message.text)
    with database.reading() as session:
        (request,) = session.exec(select(DraftRequest)).all()
    assert request.state is RequestState.FAILED
    assert request.error == "The model does not fit into memory."
    assert "`copydesk doctor`" in notice.text
    assert request.id[:8] in notice.text
    assert "<!channel>" not in notice.text


async def test_what_may_work_in_a_moment_is_worth_another_try(database: Database, tmp_path: Path) -> None:
    writer = ScriptedWriter([WritingFailed("It is restarting.", retryable=True)])
    async with bot_on_playground(database, tmp_path, writer=writer) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin news", channel="drafts")
        notice = await ada.wait_for_message("drafts", lambda message: "couldn't" in message.text)
    assert "try again in a minute" in notice.text


async def test_a_request_for_a_kind_that_is_gone_fails_once_and_for_all(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        request = request_row(channel_id="C0DRAFTS", requester_id="U0ADA", content_type="haiku")
        store.record_request(session, request)
    async with bot_on_playground(database, tmp_path, connected=False) as bot:
        await bot.services.drafting.resume()
        await bot.services.drafting.idle()
    with database.reading() as session:
        kept = session.exec(select(DraftRequest)).one()
        assert store.unfinished_requests(session) == []
    assert kept.error == "The kind haiku is no longer in copydesk.toml."


async def test_without_any_model_the_requester_is_told_and_the_row_says_what_to_do(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path, config=NO_MODEL) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin news", channel="drafts")
        notice = await ada.wait_for_message("drafts", lambda message: "couldn't" in message.text)
    assert "`copydesk doctor`" in notice.text
    with database.reading() as session:
        (request,) = session.exec(select(DraftRequest)).all()
    assert "`copydesk models pull qwen3-4b-instruct`" in (request.error or "")


async def test_a_draft_that_slack_refuses_is_kept_and_posted_once_the_bot_is_invited(
    database: Database, tmp_path: Path
) -> None:
    clock = ManualClock(datetime.now(UTC))
    async with bot_on_playground(database, tmp_path, clock=clock) as bot:
        ada = bot.slack.as_user("U0ADA")
        workspace = bot.slack.slack.workspace
        drafts = workspace.find_channel("drafts")
        workspace.put_channel(drafts.model_copy(update={"members": ("U0ADA",)}))
        await ada.slash("/draft", "linkedin news", channel="drafts")
        notice = await ada.wait_for_message("drafts", lambda message: "/invite" in message.text)
        await bot.services.drafting.idle()
        workspace.put_channel(drafts)
        clock.pass_seconds(60)
        await bot.services.drafting.resume()
        await ada.wait_for_message("drafts", _is_draft)
    assert "written and safe" in notice.text


async def _posted(bot: LocalSlackAndServices, database: Database) -> tuple[Draft, DraftRequest]:
    """The one draft, once its row says that it was posted."""
    await bot.services.drafting.idle()
    with database.reading() as session:
        draft = session.exec(select(Draft).where(col(Draft.message_ts).is_not(None))).one()
        return draft, session.get_one(DraftRequest, draft.request_id)


def _request() -> DraftRequest:
    return request_row(channel_id="C0DRAFTS", requester_id="U0ADA", created_at=datetime.now(UTC))


def _record_draft(database: Database) -> Draft:
    """A draft as a process leaves it that dies between recording and posting."""
    request = _request()
    with database.transaction() as session:
        store.record_request(session, request)
    written = draft_row(request.id, label="", text=TEXT.text, created_at=datetime.now(UTC))
    with database.transaction() as session:
        return store.record_draft(session, written, (), (), Random(1))


def _is_draft(message: Message) -> bool:
    return message.ephemeral_to is None and message.text.startswith("Draft ")


def _is_notice(message: Message) -> bool:
    return "stand-in" in message.text


def _block_text(message: Message) -> str:
    return "\n".join(str(block.get("text", "")) for block in message.blocks or ())
