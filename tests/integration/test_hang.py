"""A model that hangs: the process ends, the next one serves everybody else, and a stand-in writes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from bot.errors import WritingFailed
from bot.supervisor import ChildSpec, RestartPolicy, Supervisor, WatchedChild
from bot.writing import OpenAIWriter, TextOrder
from evaluation.database import Database
from evaluation.tables import Draft
from generation.content_types import Sampling
from generation.watchdog import EXIT_STATUS
from tests.bot_on_playground import bot_on_playground
from tests.integration.test_supervisor import Journal, log_to

TOKEN = "a-token-for-these-tests-only"
HANGING, SOUND = "starter-plain", "starter-rich"
HANG_SECONDS = 0.5
SERVER = Path(__file__).with_name("hanging_server.py")
SWIFT = RestartPolicy(first_delay_seconds=0.01, longest_delay_seconds=0.04)
ROUTED_TO_THE_ONE_THAT_HANGS = f"""
[routes.linkedin_post]
models = ["{HANGING}"]
substitutes = ["{SOUND}"]
reason = "a current model"
"""


@pytest.fixture
def journal() -> Journal:
    return Journal()


@asynccontextmanager
async def writing_server(folder: Path, journal: Journal, hangs_in: str) -> AsyncIterator[OpenAIWriter]:
    """The bot's client, on a supervised server in which one model hangs."""
    spec = ChildSpec(
        "generation server",
        (sys.executable, "-m", f"tests.integration.{SERVER.stem}"),
        {
            "port": 0,
            "token": TOKEN,
            "hang_seconds": HANG_SECONDS,
            "state_file": str(folder / "suspended.json"),
            "hangs_in": hangs_in,
        },
    )
    async with Supervisor(SWIFT, stop_timeout_seconds=1, log=log_to(journal)) as supervisor:
        child: WatchedChild = supervisor.watch(spec)
        async with OpenAIWriter(child.address, TOKEN, timeout_seconds=60) as writer:
            yield writer


def _order(model: str) -> TextOrder:
    messages = ({"role": "user", "content": "tea"},)
    return TextOrder(model, messages, Sampling(max_new_tokens=3), seed=1)


@pytest.mark.parametrize("hangs_in", ["step", "prepare", "load"])
async def test_a_model_that_hangs_costs_nobody_else_a_text(
    tmp_path: Path, journal: Journal, hangs_in: str
) -> None:
    async with writing_server(tmp_path, journal, hangs_in) as writer:
        stuck = asyncio.create_task(writer.write(_order(HANGING)))
        texts = [asyncio.create_task(writer.write(_order(SOUND))) for _ in range(3)]
        with pytest.raises(WritingFailed, match="starter-plain is suspended for another") as failure:
            await stuck
        assert [(await text).text for text in texts] == ["1 2 3"] * 3
        [ended] = await journal.seen("child ended")
    assert ended["status"] == EXIT_STATUS
    assert failure.value.model_unusable
    suspended = json.loads((tmp_path / "suspended.json").read_text())
    assert list(suspended) == [HANGING]
    assert f"took longer than {HANG_SECONDS:g} s" in suspended[HANGING]["reason"]


async def test_a_stand_in_writes_the_draft_of_a_model_that_hangs(
    database: Database, tmp_path: Path, journal: Journal
) -> None:
    async with (
        writing_server(tmp_path, journal, "step") as writer,
        bot_on_playground(database, tmp_path, writer=writer, config=ROUTED_TO_THE_ONE_THAT_HANGS) as bot,
    ):
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin news", channel="drafts")
        await ada.wait_for_message("drafts", lambda message: "1 2 3" in str(message.blocks))
        notice = await ada.wait_for_message("drafts", lambda message: "stand-in" in message.text)
    with database.reading() as session:
        draft = session.exec(select(Draft)).one()
    assert (draft.model_name, draft.substitute_for) == (SOUND, HANGING)
    assert "cannot write at the moment" in draft.route_reason
    assert "starter" not in notice.text
