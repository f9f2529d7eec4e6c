"""Whatever cannot be used is answered with a sentence that says what to do, and loses nothing."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from bot import texts
from bot.playground.entities import Message
from evaluation.database import Database, open_database
from evaluation.revisions import upgrade
from evaluation.tables import DraftRequest, Rating, RatingEvent
from tests.bot_on_playground import ScriptedWriter, bot_on_playground

HOSTILE = "<!channel> <@U0BEN> & *news* <https://example.com|free>"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("help", "`/draft &lt;kind&gt; &lt;topic&gt;`"),
        ("linkdin remote work", "Did you mean `linkedin`?"),
        ("<!channel> remote work", "I don't know the kind “&lt;!channel&gt;”"),
        ("linkedin", "LinkedIn post about what?"),
        ("linkedin " + "x" * 501, "501 characters; I can take up to 500"),
    ],
)
async def test_a_command_that_cannot_be_used_is_answered_with_what_can(
    typed: str, sentence: str, database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", typed, channel="drafts")
        hint = await ada.wait_for_message("drafts", lambda each: each.ephemeral_to == "U0ADA")
    assert sentence in f"{hint.text} {hint.blocks}"
    assert requests(database) == []


@pytest.mark.parametrize("kind", ["linkedin", "marketing", "compliance"])
async def test_neither_a_topic_nor_a_text_can_ping_anybody(
    kind: str, database: Database, tmp_path: Path
) -> None:
    writer = ScriptedWriter([f"{HOSTILE}\n\n{HOSTILE}"])
    async with bot_on_playground(database, tmp_path, writer=writer) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", f"{kind} {HOSTILE}", channel="drafts")
        draft = await ada.wait_for_message("drafts", lambda each: each.text.startswith("Draft "))
        answers = [call for call in bot.slack.calls if call.method == "socket_mode.ack"]
    assert all("<" not in call.arguments["text"] for call in answers)
    assert "<" not in draft.text
    (caption,) = [piece for piece in read_as_markup(draft) if "<" in piece]
    assert caption.endswith(" · for <@U0ADA>")
    assert caption.count("<") == 1


async def test_a_locked_database_is_said_and_the_same_wish_works_afterwards(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'copydesk.db'}"
    upgrade(url)
    database = open_database(url, busy_timeout_seconds=0.1)
    async with bot_on_playground(database, tmp_path) as bot:
        ada = bot.slack.as_user("U0ADA")
        with database.engine.connect() as other_program:
            other_program.execute(text("UPDATE notice SET subject = subject"))
            await ada.slash("/draft", "linkedin remote work", channel="drafts")
            await ada.wait_for_message("drafts", lambda each: each.text == texts.BUSY)
        await ada.slash("/draft", "linkedin remote work", channel="drafts")
        await ada.wait_for_message("drafts", lambda each: each.text.startswith("Draft "))
    assert len(requests(database)) == 1
    database.dispose()


async def test_a_reaction_while_the_database_is_locked_is_delivered_again_and_counted_once(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'copydesk.db'}"
    upgrade(url)
    database = open_database(url, busy_timeout_seconds=0.2)
    async with bot_on_playground(database, tmp_path, redelivery_seconds=(0.5, 0.5, 0.5)) as bot:
        ada, ben = bot.slack.as_user("U0ADA"), bot.slack.as_user("U0BEN")
        await ada.slash("/draft", "linkedin remote work", channel="drafts")
        draft = await ada.wait_for_message("drafts", lambda each: each.text.startswith("Draft "))
        await bot.services.drafting.idle()
        with database.engine.connect() as other_program:
            other_program.execute(text("UPDATE notice SET subject = subject"))
            await ben.react(draft, "nine")
            acknowledged = asyncio.create_task(bot.slack.delivered())
            await asyncio.wait({acknowledged}, timeout=0.5)
            assert not acknowledged.done()
        await acknowledged
    with database.reading() as session:
        assert session.exec(select(Rating)).one().score == 9
        assert len(session.exec(select(RatingEvent)).all()) == 1
    database.dispose()


def requests(database: Database) -> list[DraftRequest]:
    with database.reading() as session:
        return list(session.exec(select(DraftRequest)))


def read_as_markup(message: Message) -> list[str]:
    """Every string of the message that Slack reads as mrkdwn or Markdown."""
    blocks = message.blocks or []
    markdown = [block["text"] for block in blocks if block["type"] == "markdown"]
    sections = [block["text"] for block in blocks if block["type"] == "section"]
    elements = [element for block in blocks for element in block.get("elements", ())]
    return markdown + [each["text"] for each in (*sections, *elements) if each["type"] == "mrkdwn"]
