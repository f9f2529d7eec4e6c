"""The look at what raters were sent finds what it must: each of these leaks is caught."""

import ast
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from bot import messages
from bot.messages import MODELS_BLOCK
from bot.settings import Settings, load_settings
from evaluation import store
from evaluation.database import Database
from evaluation.tables import Draft, RatingEventKind
from tests.blinding import Payload, assert_raters_stay_blind
from tests.bot_on_playground import bot_on_playground
from tests.rows import COSTS, NOON, SCORES, draft_row, event_row, request_row

TESTS = Path(__file__).parents[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)


@pytest.fixture
def draft(database: Database) -> Draft:
    """A draft by starter-rich that U1 has rated and U2 has been told the writer of."""
    with database.transaction() as session:
        request, _ = store.record_request(session, request_row(requester_id="U9"))
        recorded = store.record_draft(session, draft_row(request.id), SCORES, COSTS, Random(1))
        for rater in ("U1", "U2"):
            store.record_rating_event(
                session, event_row(recorded.id, RatingEventKind.THUMB_BUTTON, thumb=1, rater_id=rater)
            )
        store.reveal(session, recorded.id, "U2", NOON)
        return recorded


def question(draft: Draft, models: tuple[str, ...]) -> Any:
    return messages.guess_question(draft_id=draft.id, label=draft.label, models=models)[1]


class TestWhatTells:
    @pytest.mark.parametrize(
        "content",
        [
            {"text": "Written by starter-rich."},
            {"blocks": [{"type": "section", "block_id": "by.starter-rich"}]},
            {"view": {"private_metadata": '{"model": "starter-rich"}'}},
            {"metadata": {"event_payload": {"seed": 2**40}}},
            {"blocks": [{"type": "actions", "elements": [{"value": "starter-rich"}]}]},
        ],
        ids=["text", "block id", "private metadata", "seed", "value"],
    )
    def test_it_is_found_wherever_it_stands(
        self, content: Any, draft: Draft, database: Database, settings: Settings
    ) -> None:
        with pytest.raises(AssertionError, match="told everybody"):
            assert_raters_stay_blind([Payload("chat.postMessage", content)], database, settings)

    def test_a_writer_is_told_to_nobody_else(
        self, draft: Draft, database: Database, settings: Settings
    ) -> None:
        told = {"text": f"{draft.label} was written by starter-rich."}
        assert_raters_stay_blind([Payload("a message", told, "U2")], database, settings)
        for reader, is_public in (("U1", False), (None, True)):
            with pytest.raises(AssertionError):
                assert_raters_stay_blind([Payload("a message", told, reader, is_public)], database, settings)

    def test_a_rater_is_not_told_of_drafts_they_have_not_finished(
        self, draft: Draft, database: Database, settings: Settings
    ) -> None:
        told = {"text": "Draft ZZZZ was written by starter-rich."}
        with pytest.raises(AssertionError):
            assert_raters_stay_blind([Payload("a message", told, "U2")], database, settings)

    def test_a_question_that_leaves_models_out_tells_something(
        self, draft: Draft, database: Database, settings: Settings
    ) -> None:
        rule = settings.routes["linkedin_post"]
        fair = tuple({*rule.models, *rule.substitutes})
        assert_raters_stay_blind([Payload("an answer", question(draft, fair))], database, settings)
        with pytest.raises(AssertionError):
            assert_raters_stay_blind(
                [Payload("an answer", question(draft, ("starter-rich",)))], database, settings
            )
        beside = [*question(draft, fair), {"type": "section", "text": "starter-rich"}]
        with pytest.raises(AssertionError):
            assert_raters_stay_blind([Payload("an answer", beside, "U1")], database, settings)

    def test_a_list_of_models_names_no_draft(
        self, draft: Draft, database: Database, settings: Settings
    ) -> None:
        models = [{"type": "section", "block_id": MODELS_BLOCK, "text": "starter-rich writes posts."}]
        assert_raters_stay_blind([Payload("an answer", models)], database, settings)
        with pytest.raises(AssertionError):
            assert_raters_stay_blind([Payload("an answer", [*models, draft.label])], database, settings)


@pytest.mark.parametrize("private", [True, False])
async def test_a_bot_that_tells_on_purpose_is_caught(
    private: bool, database: Database, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="told"):
        await tell_on_purpose(database, tmp_path, private=private)


async def tell_on_purpose(database: Database, data_dir: Path, *, private: bool) -> None:
    async with bot_on_playground(database, data_dir) as bot:
        await bot.slack.as_user("U0ADA").slash("/draft", "linkedin remote work", channel="drafts")
        await bot.services.drafting.idle()
        with database.reading() as session:
            written = session.exec(select(Draft)).one()
        words, slack = f"{written.label} is by {written.model_name}", bot.services.slack
        if private:
            await slack.chat_postEphemeral(channel="C0DRAFTS", user="U0BEN", text=words)
        else:
            await slack.chat_postMessage(channel="C0DRAFTS", text=words)


def test_every_test_that_runs_the_bot_is_watched() -> None:
    """The app is built and run in two places only, and both watch what is sent."""
    builders = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module, {alias.name for alias in node.names} & {"build_app", "run_bot"})
        in (("bot.app", {"build_app"}), ("bot.running", {"run_bot"}))
    }
    unwatched = {path for path in builders if "watched(" not in (TESTS / path).read_text(encoding="utf-8")}
    assert unwatched <= {"integration/test_running.py"}, "these run the bot and watch nothing"
