"""Files of people in the playground: attached to forms, posted with messages."""

import base64
from collections.abc import AsyncIterator

import pytest

from bot.playground.attachments import with_files
from bot.playground.block_kit.state import read_values
from bot.playground.server import run_playground
from bot.playground.testing import LocalSlack, Refused

from ..playground_app import PNG, playground_config

CONTENT = base64.b64encode(PNG).decode()


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with run_playground(playground_config(max_file_bytes=1_000)) as playground:
        yield LocalSlack(playground)


async def upload(slack: LocalSlack, user: str = "U0ADA") -> str:
    answer = await slack.as_user(user).do("upload", name="dot.png", content=CONTENT)
    return str(answer["file"]["id"])


async def test_a_message_may_be_a_file_and_nothing_else(slack: LocalSlack) -> None:
    ada = slack.as_user("U0ADA")
    await ada.do("post", channel="general", text="", files=[await upload(slack)])
    [message] = ada.messages("general")
    assert message.text == ""
    file = slack.slack.workspace.file(message.files[0])
    assert (file.name, file.mimetype, file.width, file.is_shared) == ("dot.png", "image/png", 1, True)


async def test_a_message_without_text_and_files_is_refused(slack: LocalSlack) -> None:
    with pytest.raises(Refused, match="no_text"):
        await slack.as_user("U0ADA").do("post", channel="general", text="")


async def test_nobody_posts_what_somebody_else_uploaded(slack: LocalSlack) -> None:
    file_id = await upload(slack, "U0BEN")
    with pytest.raises(Refused, match="file_not_found"):
        await slack.as_user("U0ADA").do("post", channel="general", text="Mine", files=[file_id])
    assert slack.as_user("U0ADA").messages("general") == []


@pytest.mark.parametrize(
    ("content", "error"),
    [("not base64!", "invalid_arguments"), ("eHh4" * 400, "file_upload_size_restricted")],
)
async def test_uploads_that_are_refused(slack: LocalSlack, content: str, error: str) -> None:
    with pytest.raises(Refused, match=error):
        await slack.as_user("U0ADA").do("upload", name="a.txt", content=content)


async def test_a_form_is_sent_with_whole_file_objects(slack: LocalSlack) -> None:
    file_id = await upload(slack)
    field = {
        "type": "input",
        "block_id": "facts",
        "element": {"type": "file_input", "action_id": "value"},
    }
    values = read_values([field], {"facts": {"value": {"files": [{"id": file_id, "size": 0}]}}})
    [file] = with_files(slack.slack, values)["facts"]["value"]["files"]
    assert (file["id"], file["size"], file["user"]) == (file_id, len(PNG), "U0ADA")
