"""A draft is announced at once, and the announcement becomes the draft, or says why there is none."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlmodel import select

from bot import texts
from bot.errors import WritingFailed
from bot.messages import CANCEL_ACTION, RETRY_ACTION, request_block_id
from bot.playground.entities import Message
from bot.playground.faults import FailMethod
from bot.writing import Hear, Place, TextOrder, WrittenText
from evaluation import store
from evaluation.database import Database
from evaluation.errors import RequestCancelled
from evaluation.tables import Draft, DraftPair, DraftRequest, RequestState
from tests.bot_on_playground import TEXT, ScriptedWriter, bot_on_playground
from tests.playground_app import ManualClock
from tests.rows import draft_row, request_row

TWO_ROUTED = """
[routes.linkedin_post]
models = ["starter-plain", "starter-rich"]
substitutes = []
reason = "one of two"
"""
ONE_ROUTED = """
[routes.linkedin_post]
models = ["starter-plain"]
substitutes = []
reason = "the one"
"""
ONE_AT_ONCE = """
[generation]
batch_rows = 1
"""
IN_THREADS = """
[channels.drafts]
delivery = "thread"
"""
EDITOR = """
[workspace]
editors = ["U0CLEO"]
"""


@dataclass
class PatientWriter:
    """A Writer that holds every text back until it is let go; remembers who gave up waiting."""

    place_in_line: Place | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[TextOrder] = field(default_factory=list)
    given_up: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def is_asked(self, times: int) -> None:
        while len(self.asked) < times:
            self.heard.clear()
            await self.heard.wait()

    async def write(self, order: TextOrder, hear: Hear | None = None) -> WrittenText:
        self.asked.append(order)
        self.heard.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return TEXT

    async def places(self) -> Mapping[str, Place]:
        place = self.place_in_line
        return {} if place is None else {order.ticket: place for order in self.asked}


class TestAnnouncing:
    async def test_the_announcement_stands_there_at_once_and_becomes_the_draft(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea <!channel>", channel="drafts")
            announced = await ada.wait_for_message("drafts", _is_announcement)
            assert "<!channel>" not in announced.text
            writer.go_on.set()
            draft = await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
            request = _request(database)
            shown = _public(ada.messages("drafts"))
        assert (draft.ts, len(shown)) == (announced.ts, 1)
        assert request.placeholder_ts == announced.ts

    async def test_it_says_how_many_are_before_it_and_then_how_long_it_takes(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = PatientWriter(Place(is_being_written=False, ahead=2))
        clock = ManualClock(datetime.now(UTC))
        async with bot_on_playground(database, tmp_path, writer=writer, clock=clock) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: "2 drafts are before" in _words(each))
            writer.place_in_line = Place(is_being_written=True)
            clock.pass_seconds(23)
            await ada.wait_for_message("drafts", lambda each: "Writing, 20 s so far" in _words(each))
            writer.go_on.set()
            await ada.wait_for_message("drafts", _is_draft)

    async def test_no_more_than_a_few_are_handed_to_the_model_and_the_others_hear_their_place(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer, config=ONE_AT_ONCE) as bot:
            ada = bot.slack.as_user("U0ADA")
            for number in range(6):
                await ada.slash("/draft", f"linkedin tea {number}", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: "5 drafts are before" in _words(each))
            await writer.is_asked(4)
            await ada.slash("/draft", "stop", channel="drafts")
            await ada.wait_for_message(
                "drafts", lambda each: "tea 5" in _words(each) and "Cancelled" in each.text
            )
            await bot.services.drafting.idle()
        assert (len(writer.asked), writer.given_up) == (4, 4)

    async def test_whose_turn_comes_is_written(self, database: Database, tmp_path: Path) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer, config=ONE_AT_ONCE) as bot:
            ada = bot.slack.as_user("U0ADA")
            for number in range(6):
                await ada.slash("/draft", f"linkedin tea {number}", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: "5 drafts are before" in _words(each))
            writer.go_on.set()
            await bot.services.drafting.idle()
        assert len(_drafts(database)) == 6

    async def test_an_announcement_from_before_a_crash_is_found_and_used(
        self, database: Database, tmp_path: Path
    ) -> None:
        request = _record_request(database)
        async with bot_on_playground(database, tmp_path, connected=False) as bot:
            block = {"type": "divider", "block_id": request_block_id(request.id)}
            first = await bot.services.slack.chat_postMessage(channel="C0DRAFTS", text="soon", blocks=[block])
            await bot.services.drafting.resume()
            await bot.services.drafting.idle()
            shown = _public(bot.slack.as_user("U0ADA").messages("drafts"))
        assert [message.ts for message in shown] == [first["ts"]]
        assert _is_draft(shown[0])

    async def test_a_deleted_announcement_is_no_reason_to_lose_the_draft(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            announced = await ada.wait_for_message("drafts", _is_announcement)
            await bot.services.slack.chat_delete(channel=announced.channel, ts=announced.ts)
            writer.go_on.set()
            draft = await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
            (row,) = _drafts(database)
        assert row.message_ts == draft.ts != announced.ts


class TestThreads:
    async def test_a_channel_may_have_its_drafts_below_their_announcements(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=IN_THREADS) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            draft = await ada.wait_for_message("drafts", _is_draft)
            announced = await ada.wait_for_message("drafts", lambda each: "in the thread" in _words(each))
            await bot.services.drafting.idle()
            (row,) = _drafts(database)
        assert draft.thread_ts == announced.ts
        assert row.message_ts == draft.ts

    async def test_a_draft_that_was_in_the_thread_before_the_crash_is_not_posted_twice(
        self, database: Database, tmp_path: Path
    ) -> None:
        draft = _record_draft(database)
        async with bot_on_playground(database, tmp_path, config=IN_THREADS, connected=False) as bot:
            slack = bot.services.slack
            top = await slack.chat_postMessage(channel="C0DRAFTS", text="soon")
            with database.transaction() as session:
                store.note_placeholder(session, draft.request_id, top["ts"])
            block = {"type": "divider", "block_id": f"draft.{draft.id}"}
            reply = await slack.chat_postMessage(
                channel="C0DRAFTS", text="Draft", blocks=[block], thread_ts=top["ts"]
            )
            await bot.services.drafting.resume()
            await bot.services.drafting.idle()
            (row,) = _drafts(database)
            shown = _public(bot.slack.as_user("U0ADA").messages("drafts"))
        assert row.message_ts == reply["ts"]
        assert len(shown) == 2


class TestCancelling:
    async def test_whoever_asked_may_cancel_which_frees_the_model(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            announced = await ada.wait_for_message("drafts", _is_announcement)
            await ada.click(announced, CANCEL_ACTION)
            ended = await ada.wait_for_message("drafts", lambda each: "Cancelled by <@U0ADA>" in each.text)
            await bot.services.drafting.idle()
        assert ended.ts == announced.ts
        assert not any(block["type"] == "actions" for block in ended.blocks or ())
        assert _request(database).state is RequestState.CANCELLED
        assert writer.given_up == len(writer.asked)
        assert _drafts(database) == []

    @pytest.mark.parametrize(("user_id", "may"), [("U0BEN", False), ("U0CLEO", True)])
    async def test_of_the_others_only_editors_may(
        self, database: Database, tmp_path: Path, user_id: str, may: bool
    ) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer, config=EDITOR) as bot:
            ada, other = bot.slack.as_user("U0ADA"), bot.slack.as_user(user_id)
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            announced = await other.wait_for_message("drafts", _is_announcement)
            await other.click(announced, CANCEL_ACTION)
            word = f"Cancelled by <@{user_id}>" if may else "Only the person who asked"
            await other.wait_for_message("drafts", lambda each: word in each.text)
            writer.go_on.set()
            await bot.services.drafting.idle()
        assert (_request(database).state is RequestState.CANCELLED) is may

    async def test_stop_cancels_all_of_one_s_own(self, database: Database, tmp_path: Path) -> None:
        writer = PatientWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
            await ada.slash("/draft", "linkedin one", channel="drafts")
            await ada.slash("/draft", "email two", channel="general")
            await ben.slash("/draft", "linkedin three", channel="drafts")
            await ben.wait_for_message("drafts", lambda each: "three" in each.text)
            await ada.slash("/draft", "stop", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: "Stopped 2 drafts" in each.text)
            await ada.wait_for_message("general", lambda each: "Cancelled" in each.text)
            await ada.slash("/draft", "stop", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: "nothing to stop" in each.text)
            writer.go_on.set()
            await ben.wait_for_message("drafts", _is_draft)
        with database.reading() as session:
            states = {row.topic: row.state for row in session.exec(select(DraftRequest))}
        cancelled = RequestState.CANCELLED
        assert states == {"one": cancelled, "two": cancelled, "three": RequestState.POSTED}

    async def test_a_text_that_came_too_late_is_not_kept(self, database: Database) -> None:
        request = _record_request(database)
        with database.transaction() as session:
            assert store.mark_cancelled(session, request.id)
        scored = store.ScoredDraft(draft_row(request.id), (), ())
        with database.transaction() as session, pytest.raises(RequestCancelled, match="was cancelled"):
            store.record_drafts(session, [scored], Random(1))
        assert _drafts(database) == []

    async def test_what_is_written_cannot_be_cancelled_any_more(self, database: Database) -> None:
        draft = _record_draft(database)
        with database.transaction() as session:
            assert not store.mark_cancelled(session, draft.request_id)


class TestFailing:
    async def test_a_failure_stands_in_the_draft_s_place_with_a_button_to_try_again(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = ScriptedWriter([WritingFailed("The model returned an empty text.", retryable=True), TEXT])
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            failed = await ada.wait_for_message("drafts", lambda each: "couldn't" in each.text)
            await bot.services.drafting.idle()
            await ada.click(failed, RETRY_ACTION)
            draft = await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
            request = _request(database)
        assert draft.ts == failed.ts
        assert request.state is RequestState.POSTED


class TestPairs:
    async def test_two_models_write_the_halves_and_both_appear_in_one_message(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=TWO_ROUTED) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "pair linkedin tea", channel="drafts")
            shown = await ada.wait_for_message("drafts", lambda each: "Two versions:" in each.text)
            await bot.services.drafting.idle()
            drafts = _drafts(database)
            with database.reading() as session:
                (pair,) = session.exec(select(DraftPair)).all()
        assert {draft.model_name for draft in drafts} == {"starter-plain", "starter-rich"}
        assert [draft.propensity for draft in drafts] == [1, 1]
        assert {draft.message_ts for draft in drafts} == {shown.ts}
        assert {pair.left_draft_id, pair.right_draft_id} == {draft.id for draft in drafts}

    async def test_a_share_of_the_requests_is_a_pair_by_itself(
        self, database: Database, tmp_path: Path
    ) -> None:
        config = TWO_ROUTED + "[drafting]\npair_share = 1.0\n"
        async with bot_on_playground(database, tmp_path, config=config) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: "Two versions:" in each.text)

    async def test_stand_ins_are_not_paired_by_chance(self, database: Database, tmp_path: Path) -> None:
        config = "[drafting]\npair_share = 1.0\n"
        async with bot_on_playground(database, tmp_path, config=config) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            await ada.wait_for_message("drafts", _is_draft)
        (draft,) = _drafts(database)
        assert draft.substitute_for is not None

    async def test_where_one_model_is_alone_there_is_one_draft_and_a_word_about_it(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path, config=ONE_ROUTED) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "pair linkedin tea", channel="drafts")
            await ada.wait_for_message("drafts", _is_draft)
            notice = await ada.wait_for_message("drafts", lambda each: "one version instead of" in each.text)
        assert notice.ephemeral_to == "U0ADA"

    async def test_where_one_of_the_two_cannot_write_the_other_stands_alone(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = ScriptedWriter([WritingFailed("Out of memory.", retryable=True), TEXT])
        async with bot_on_playground(database, tmp_path, config=TWO_ROUTED, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "pair linkedin tea", channel="drafts")
            await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
        (draft,) = _drafts(database)
        assert draft.position == 0


class TestTexts:
    async def test_a_text_that_names_its_model_is_written_again_and_then_made_neutral(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = ScriptedWriter(["As OPT, I like tea.", "Tea is good. Yours, OPT-2.7B"])
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            message = await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
        (draft,) = _drafts(database)
        assert (len(writer.asked), draft.self_namings) == (2, 2)
        assert "OPT" not in str(message.blocks)
        assert draft.text == "Tea is good. Yours, the author"

    async def test_a_text_that_no_message_can_hold_is_there_whole_as_a_file(
        self, database: Database, tmp_path: Path
    ) -> None:
        text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(60)).strip()
        writer = ScriptedWriter([replace(TEXT, text=text)])
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "article tea", channel="drafts")
            draft = await ada.wait_for_message("drafts", _is_draft)
            below = await ada.wait_for_message("drafts", lambda each: bool(each.files))
            await bot.services.drafting.idle()
            file = bot.slack.slack.workspace.file(below.files[0])
        assert "The whole text" in _words(draft)
        assert below.thread_ts == draft.ts
        assert file.name.startswith("Draft-")
        assert file.name.endswith(".md")

    async def test_blinded_texts_appear_at_one_pace_and_are_rated_when_they_are_whole(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = ScriptedWriter(["One two three four five six seven eight."])
        config = "[drafting]\nreplay_words_per_second = 5\n"
        async with bot_on_playground(database, tmp_path, writer=writer, config=config) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            half = await ada.wait_for_message("drafts", lambda each: "three four five" in _words(each))
            draft = await ada.wait_for_message("drafts", _is_draft)
        assert "six" not in _words(half)
        assert not any(block["type"].endswith("actions") for block in half.blocks or ())
        assert "seven eight." in _words(draft)

    async def test_a_posted_draft_is_shown_anew_as_its_row_is_now(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with bot_on_playground(database, tmp_path) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="drafts")
            shown = await ada.wait_for_message("drafts", _is_draft)
            await bot.services.drafting.idle()
            (draft,) = _drafts(database)
            with database.transaction() as session:
                session.get_one(Draft, draft.id).text = "Corrected by hand."
            assert await bot.services.drafting.redraw(draft.request_id)
            anew = await ada.wait_for_message("drafts", lambda each: "Corrected by hand." in _words(each))
            assert not await bot.services.drafting.redraw("unknown")
        assert anew.ts == shown.ts


@dataclass
class SpeakingWriter(PatientWriter):
    """Says the first half of its text, waits, and then returns the whole."""

    says: str = "A first line, and after that some words of which the last dozen is not shown yet."
    hear: Hear = print

    async def write(self, order: TextOrder, hear: Hear | None = None) -> WrittenText:
        if hear is not None:
            self.hear = hear
            hear(self.says)
        return await super().write(order)


class TestLive:
    async def test_in_a_direct_message_the_text_may_be_watched_while_it_is_written(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = SpeakingWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="im")
            growing = await ada.wait_for_message("im", lambda each: "A first line" in _all(each))
            pointing = await ada.wait_for_message("im", lambda each: "where you can watch" in _words(each))
            assert CANCEL_ACTION in _words(pointing)
            writer.go_on.set()
            draft = await ada.wait_for_message("im", _is_draft)
            announced = await ada.wait_for_message("im", lambda each: "in the thread" in _words(each))
            await bot.services.drafting.idle()
            methods = [call.method for call in bot.slack.calls]
        assert (draft.ts, draft.thread_ts) == (growing.ts, announced.ts)
        assert "A second paragraph" in _words(draft)
        assert "feedback_buttons" not in _words(draft)
        assert [method for method in methods if "Stream" in method] == ["chat.startStream", "chat.stopStream"]
        assert not _request(database).rated

    async def test_in_a_thread_the_announcement_does_not_go_on_waiting(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = SpeakingWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.post("We moved the launch to Monday.", channel="im")
            note = ada.messages("im")[-1]
            await ada.shortcut("draft_from_message", note)
            form = await ada.wait_for_modal()
            await ada.submit_view(form, {"kind": "linkedin_post", "topic": "our launch", "facts": "Monday"})
            await ada.wait_for_message("im", lambda each: "A first line" in _all(each))
            writer.go_on.set()
            await ada.wait_for_message("im", _is_draft)
            announced = await ada.wait_for_message("im", lambda each: "right below" in _words(each))
            await bot.services.drafting.idle()
        assert announced.thread_ts == note.ts
        assert not [each for each in ada.messages("im") if CANCEL_ACTION in _words(each)]

    async def test_where_slack_does_not_stream_the_announcement_grows(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = SpeakingWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            await bot.slack.inject(FailMethod(kind="fail_method", method="chat.startStream", status=500))
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="im")
            growing = await ada.wait_for_message("im", lambda each: "A first line" in _all(each))
            writer.go_on.set()
            draft = await ada.wait_for_message("im", _is_draft)
        assert draft.ts == growing.ts

    async def test_where_slack_ends_the_stream_the_same_message_goes_on_growing(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = SpeakingWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="im")
            growing = await ada.wait_for_message("im", lambda each: "A first line" in _all(each))
            workspace = bot.slack.slack.workspace
            now = workspace.message(growing.channel, growing.ts)
            workspace.put_message(now.model_copy(update={"streaming_until": 0.0}))  # five minutes are over
            writer.hear(f"{writer.says} {'And on it goes. ' * 8}")
            grown = await ada.wait_for_message("im", lambda each: "And on it goes" in _all(each))
            assert grown.ts == growing.ts
            assert texts.STILL_APPEARING in _words(grown)
            writer.go_on.set()
            draft = await ada.wait_for_message("im", _is_draft)
            await bot.services.drafting.idle()
            methods = [call.method for call in bot.slack.calls]
        assert draft.ts == growing.ts
        assert methods.count("chat.appendStream") == 1

    async def test_a_failure_leaves_nothing_of_the_text(self, database: Database, tmp_path: Path) -> None:
        writer = SpeakingWriter()
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="im")
            await ada.wait_for_message("im", lambda each: "A first line" in _all(each))
            await ada.slash("/draft", "stop", channel="im")
            await ada.wait_for_message("im", lambda each: "Cancelled" in each.text)
            await bot.services.drafting.idle()
            assert not [each for each in ada.messages("im") if "A first line" in _all(each)]

    async def test_a_text_that_names_its_model_shows_no_name_while_it_grows(
        self, database: Database, tmp_path: Path
    ) -> None:
        writer = SpeakingWriter(says=f"As Llama, I like tea. {'It is warm. ' * 6}")
        async with bot_on_playground(database, tmp_path, writer=writer) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="im")
            growing = await ada.wait_for_message("im", lambda each: "I like tea" in _all(each))
        assert "As the author, I like tea" in _all(growing)
        assert "Llama" not in _all(growing)

    async def test_direct_messages_are_rated_where_that_is_wished_for(
        self, database: Database, tmp_path: Path
    ) -> None:
        config = "[drafting]\nrate_direct_messages = true\n"
        async with bot_on_playground(database, tmp_path, config=config) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea", channel="im")
            draft = await ada.wait_for_message("im", _is_draft)
        assert "feedback_buttons" in _words(draft)


class TestNotices:
    async def test_whoever_waited_long_is_told_with_a_link(self, database: Database, tmp_path: Path) -> None:
        writer, clock = PatientWriter(), ManualClock(datetime.now(UTC))
        async with bot_on_playground(database, tmp_path, writer=writer, clock=clock) as bot:
            ada = bot.slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin tea & cake", channel="drafts")
            await ada.wait_for_message("drafts", _is_announcement)
            clock.pass_seconds(61)
            writer.go_on.set()
            notice = await ada.wait_for_message("im", lambda each: "is done" in each.text)
            draft = await ada.wait_for_message("drafts", _is_draft)
        assert "tea &amp; cake" in notice.text
        assert draft.ts.replace(".", "") in notice.text


def _is_announcement(message: Message) -> bool:
    return message.ephemeral_to is None and message.text.startswith("Coming up:")


def _is_draft(message: Message) -> bool:
    return message.ephemeral_to is None and message.text.startswith("Draft ")


def _public(shown: Sequence[Message]) -> list[Message]:
    return [message for message in shown if message.ephemeral_to is None]


def _all(message: Message) -> str:
    return message.model_dump_json()


def _words(message: Message) -> str:
    return str(message.blocks)


def _request(database: Database) -> DraftRequest:
    with database.reading() as session:
        return session.exec(select(DraftRequest)).one()


def _drafts(database: Database) -> list[Draft]:
    with database.reading() as session:
        return list(session.exec(select(Draft)))


def _record_request(database: Database) -> DraftRequest:
    request = request_row(channel_id="C0DRAFTS", requester_id="U0ADA", created_at=datetime.now(UTC))
    with database.transaction() as session:
        return store.record_request(session, request)[0]


def _record_draft(database: Database) -> Draft:
    """As a process leaves it that dies between recording and posting."""
    request = _record_request(database)
    written = draft_row(request.id, label="", text=TEXT.text, created_at=datetime.now(UTC))
    with database.transaction() as session:
        return store.record_draft(session, written, (), (), Random(1))
