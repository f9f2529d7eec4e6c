"""slack_sdk's own clients against the playground, unchanged: both Web API clients, all Socket Mode ones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient as AiohttpClient
from slack_sdk.socket_mode.builtin import SocketModeClient as BuiltinClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.socket_mode.websocket_client import SocketModeClient as WebsocketClientClient
from slack_sdk.socket_mode.websockets import SocketModeClient as WebsocketsClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.faults import AskForRefresh
from bot.playground.testing import LocalSlack, local_slack
from tests.playground_app import PNG, actions, button, section

Call = Callable[..., Awaitable[Any]]


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """More patient than Slack: after a refresh the built-in client reads its new socket seconds later."""
    async with local_slack(ack_timeout_seconds=10, refresh_seconds=1) as running:
        yield running


def calls_of(client: WebClient | AsyncWebClient) -> Callable[[str], Call]:
    """The client's methods by name, each to be awaited; the synchronous ones run in a thread."""

    def method(name: str) -> Call:
        function = getattr(client, name)
        if isinstance(client, AsyncWebClient):
            return function  # type: ignore[no-any-return]
        return lambda **arguments: asyncio.to_thread(function, **arguments)

    return method


@pytest.mark.parametrize("kind", [WebClient, AsyncWebClient], ids=["synchronous", "asynchronous"])
async def test_the_web_api_answers_both_clients_alike(
    slack: LocalSlack, kind: type[WebClient] | type[AsyncWebClient]
) -> None:
    call = calls_of(kind(token=slack.bot_token, base_url=slack.api_url))
    ada = slack.as_user("U0ADA")

    assert (await call("auth_test")())["user_id"] == "U0LOCALBOT"
    sent = await call("chat_postMessage")(
        channel="C0GENERAL", text="First", blocks=[section("First"), actions(button("go"))]
    )
    await call("chat_update")(channel="C0GENERAL", ts=sent["ts"], text="Second", blocks=[])
    await call("reactions_add")(channel="C0GENERAL", timestamp=sent["ts"], name="eyes")
    await call("chat_postEphemeral")(channel="C0GENERAL", user="U0ADA", text="For you")
    await call("files_upload_v2")(channel="C0GENERAL", content=PNG, filename="a.png", title="A picture")
    await call("views_publish")(user_id="U0ADA", view={"type": "home", "blocks": [section("Home")]})
    history = await call("conversations_history")(channel="C0GENERAL")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await call("chat_postMessage")(channel="C0NONE", text="Lost")

    assert [message["text"] for message in history["messages"]] == ["", "Second"]
    assert history["messages"][0]["files"][0]["title"] == "A picture"
    seen = ada.messages()
    assert [message.text for message in seen] == ["Second", "For you", ""]
    assert [reaction.name for reaction in seen[0].reactions] == ["eyes"]
    home = ada.home()
    assert home is not None
    assert home.blocks[0]["text"]["text"] == "Home"


# ---------------------------------------------------------------------------- Socket Mode


class Connected(Protocol):
    """A Socket Mode client, asynchronous or with threads of its own."""

    socket_mode_request_listeners: list[Any]


@asynccontextmanager
async def aiohttp_client(slack: LocalSlack) -> AsyncIterator[Connected]:
    web = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    async with _asynchronous(AiohttpClient(slack.app_token, web_client=web)) as client:
        yield client


@asynccontextmanager
async def websockets_client(slack: LocalSlack) -> AsyncIterator[Connected]:
    web = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    async with _asynchronous(WebsocketsClient(slack.app_token, web_client=web)) as client:
        yield client


@asynccontextmanager
async def builtin_client(slack: LocalSlack) -> AsyncIterator[Connected]:
    web = WebClient(token=slack.bot_token, base_url=slack.api_url)
    async with _threaded(BuiltinClient(slack.app_token, web_client=web)) as client:
        yield client


@asynccontextmanager
async def websocket_client_client(slack: LocalSlack) -> AsyncIterator[Connected]:
    web = WebClient(token=slack.bot_token, base_url=slack.api_url)
    async with _threaded(WebsocketClientClient(slack.app_token, web_client=web, ping_interval=1)) as client:
        yield client


@asynccontextmanager
async def _asynchronous(client: Any) -> AsyncIterator[Any]:
    async def acknowledge(client: Any, request: SocketModeRequest) -> None:
        await client.send_socket_mode_response(_answer(request))

    client.socket_mode_request_listeners.append(acknowledge)
    await client.connect()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def _threaded(client: Any) -> AsyncIterator[Any]:
    client.socket_mode_request_listeners.append(
        lambda client, request: client.send_socket_mode_response(_answer(request))
    )
    await asyncio.to_thread(client.connect)
    try:
        yield client
    finally:
        await asyncio.to_thread(client.close)


def _answer(request: SocketModeRequest) -> SocketModeResponse:
    """An ack; to a command with the words that came."""
    is_command = request.type == "slash_commands"
    payload: Json | None = {"text": f"You said {request.payload['text']}"} if is_command else None
    return SocketModeResponse(request.envelope_id, payload)


@pytest.mark.parametrize(
    "connected",
    [aiohttp_client, builtin_client, websockets_client, websocket_client_client],
    ids=["aiohttp", "builtin", "websockets", "websocket-client"],
)
async def test_every_socket_mode_client_answers_and_refreshes(slack: LocalSlack, connected: Any) -> None:
    ada = slack.as_user("U0ADA")
    async with connected(slack):
        await slack.connected()
        await ada.slash("/echo", "one")
        await ada.post("Hello")
        await ada.react(ada.messages()[-1], "eyes")
        await slack.delivered()
        await slack.inject(AskForRefresh(kind="ask_for_refresh"))
        await slack.wait_for(lambda: _hellos(slack) == 2, timeout_seconds=30)
        await ada.slash("/echo", "two")

    answers = [message.text for message in ada.messages() if message.ephemeral_to == "U0ADA"]
    assert answers == ["You said one", "You said two"]
    envelopes = [entry for entry in slack.exchanges() if entry.kind == "envelope"]
    assert {entry.outcome for entry in envelopes} == {"ok"}
    assert [entry.name for entry in envelopes] == ["/echo", "message", "reaction_added", "/echo"]


def _hellos(slack: LocalSlack) -> int:
    return sum(entry.name == "hello" for entry in slack.exchanges())
