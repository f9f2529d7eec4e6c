"""Layouts that Slack may refuse: the richest that it takes is posted, once."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.messages import section
from bot.playground.testing import local_slack
from bot.posting import post_richest
from bot.services import slack_client

PLAIN = ("plain", [section("In words.")])
RICH = ("rich", [{"type": "divider"}, section("In words.")])
UNHEARD_OF = ("unheard of", [{"type": "hologram"}])


async def test_the_first_layout_that_slack_takes_is_posted_once() -> None:
    async with local_slack() as slack:
        client = slack_client(slack.bot_token, slack.api_url)
        await post_richest(client, "C0GENERAL", [UNHEARD_OF, RICH, PLAIN])
        [posted] = slack.as_user("U0ADA").messages("general")
        methods = [call.method for call in slack.calls]
    assert posted.text == "rich"
    assert methods == ["blocks.validate", "blocks.validate", "chat.postMessage"]


async def test_the_plainest_layout_is_posted_without_asking() -> None:
    async with local_slack() as slack:
        client = slack_client(slack.bot_token, slack.api_url)
        await post_richest(client, "C0GENERAL", [PLAIN])
        assert [call.method for call in slack.calls] == ["chat.postMessage"]


async def test_a_refusal_that_is_no_matter_of_the_layout_is_raised() -> None:
    async with local_slack() as slack:
        client = slack_client(slack.bot_token, slack.api_url)
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await post_richest(client, "C0NOWHERE", [RICH, PLAIN])


async def test_where_none_is_taken_slack_s_reason_is_raised() -> None:
    async with local_slack() as slack:
        client = slack_client(slack.bot_token, slack.api_url)
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            await post_richest(client, "C0GENERAL", [UNHEARD_OF, UNHEARD_OF])
