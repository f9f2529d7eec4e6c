"""blocks.validate: what Slack would say, without sending anything."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.server import run_playground
from tests.playground_app import error_of, modal, playground_config, section, text_input, web_client


@pytest.fixture
async def client() -> AsyncIterator[AsyncWebClient]:
    async with run_playground(playground_config()) as playground:
        yield web_client(playground)


async def test_what_slack_would_take(client: AsyncWebClient) -> None:
    assert (await client.blocks_validate(blocks=[section("x")]))["ok"]
    assert (await client.blocks_validate(message={"text": "x", "blocks": [section("x")]}))["ok"]
    assert (await client.blocks_validate(view=modal(text_input("why"))))["ok"]
    assert (await client.blocks_validate(view={"type": "home", "blocks": []}))["ok"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (
            {"blocks": [{"type": "section", "text": {"type": "invalid", "text": "x"}}]},
            {"message": "unsupported type: invalid", "pointer": "/0/text/type"},
        ),
        (
            {"message": {"text": "x", "blocks": [section("x" * 3001)]}},
            {"message": "must be less than 3001 characters", "pointer": "/blocks/0/text/text"},
        ),
        (
            {"view": {"type": "home", "blocks": [{"type": "header"}]}},
            {"message": "missing required field: text", "pointer": "/blocks/0"},
        ),
    ],
)
async def test_faults_are_pointed_at(client: AsyncWebClient, given: Json, fault: Json) -> None:
    answer = await error_of(client.blocks_validate(**given))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [{"code": "failed_constraint", **fault}]


async def test_one_thing_at_a_time(client: AsyncWebClient) -> None:
    for given in ({}, {"blocks": [section("x")], "view": modal(section("x"))}):
        answer = await error_of(client.api_call("blocks.validate", json=given))
        assert answer["error"] == "invalid_arguments"
        assert "exactly one of" in answer["response_metadata"]["messages"][0]


async def test_too_much_text_has_its_own_name(client: AsyncWebClient) -> None:
    answer = await error_of(client.blocks_validate(blocks=[section("x" * 3000)] * 5))
    assert answer["error"] == "msg_blocks_too_long"
