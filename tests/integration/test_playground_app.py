"""An unmodified bolt app in the local Slack: commands, buttons, modals, reactions, answers, events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground.entities import BOT_USER_ID, Json, Message
from bot.playground.page import snapshot
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack, Refused
from tests.playground_app import (
    actions,
    bolt_app,
    button,
    connected,
    error_of,
    modal,
    plain,
    playground_config,
    section,
    text_input,
    web_client,
    write_manifest,
)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with run_playground(playground_config()) as running:
        yield running


def by_bot(message: Message) -> bool:
    return message.user == BOT_USER_ID


def methods(slack: LocalSlack) -> list[str]:
    return [call.method for call in slack.calls]


async def test_command_posts_a_message_and_its_button_opens_a_modal(playground: Playground) -> None:
    app = bolt_app(playground)
    commands: list[Json] = []
    submitted: asyncio.Queue[Json] = asyncio.Queue()

    @app.command("/draft")
    async def draft(ack: Any, command: Json, client: Any) -> None:
        await ack()
        commands.append(command)
        await client.chat_postMessage(
            channel=command["channel_id"],
            text="A draft",
            blocks=[section("A draft"), actions(button("rate", "draft-1", "Rate"))],
        )

    @app.action("rate")
    async def rate(ack: Any, body: Json, client: Any) -> None:
        await ack()
        assert body["actions"][0]["value"] == "draft-1"
        assert body["container"]["channel_id"] == body["channel"]["id"]
        assert body["message"]["ts"] == body["container"]["message_ts"]
        assert body["response_url"].startswith(playground.slack.origin)
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("why")))

    @app.view("form")
    async def form(ack: Any, view: Json) -> None:
        await ack()
        await submitted.put(view["state"]["values"])

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.slash("/draft", " linkedin R&D <!channel> ", channel="drafts")
        message = await ada.wait_for_message("drafts", by_bot)
        await ada.click(message, "rate")
        view = await ada.wait_for_modal()
        await ada.submit_view(view, {"why": "It is clear"})
        values = await submitted.get()

    assert commands[0]["text"] == "linkedin R&amp;D &lt;!channel&gt;"
    assert commands[0]["channel_name"] == "drafts"
    assert commands[0]["user_name"] == "ada"
    assert values == {"why-block": {"why": {"type": "plain_text_input", "value": "It is clear"}}}
    assert ada.modal() is None
    assert ada.notices == []
    expected = ["auth.test", "apps.connections.open", "chat.postMessage", "views.open"]
    assert sorted(methods(slack)) == sorted(expected)


async def test_ack_with_text_is_for_the_person_only_and_in_channel_is_for_all(playground: Playground) -> None:
    app = bolt_app(playground)

    @app.command("/draft")
    async def draft(ack: Any, command: Json) -> None:
        await ack(command["text"], response_type="in_channel" if command["text"] == "all" else "ephemeral")

    async with connected(playground, app) as slack:
        ada, ben = slack.as_user("U0ADA"), slack.as_user("U0BEN")
        await ada.slash("/draft", "mine")
        await ada.slash("/draft", "all")

        assert [message.text for message in ada.messages("general")] == ["mine", "all"]
        assert [message.text for message in ben.messages("general")] == ["all"]
        assert {"text": "mine", "response_type": "ephemeral"} in [
            call.arguments for call in slack.calls if call.method == "socket_mode.ack"
        ]


async def test_command_without_ack_times_out_for_its_user() -> None:
    async with run_playground(playground_config(ack_timeout_seconds=0.1)) as playground:
        app = bolt_app(playground)

        @app.command("/draft")
        async def draft() -> None:
            """Never acknowledges."""

        async with connected(playground, app) as slack:
            ada, ben = slack.as_user("U0ADA"), slack.as_user("U0BEN")
            with pytest.raises(Refused) as refused:
                await ada.slash("/draft", "x")

    assert refused.value.answer["error"] == "operation_timeout"
    assert ada.notices[0].text.startswith('/draft failed with the error "operation_timeout".')
    assert ben.notices == []


async def test_without_a_connection_the_user_hears_that_nothing_was_sent(playground: Playground) -> None:
    ada = LocalSlack(playground).as_user("U0ADA")
    with pytest.raises(Refused) as refused:
        await ada.slash("/draft", "x")
    assert refused.value.answer["error"] == "dispatch_failed"
    assert "not connected" in ada.notices[0].text


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"channel": "general", "command": "/nope"}, "unknown_command"),
        ({"channel": "nowhere", "command": "/draft"}, "channel_not_found"),
        ({"channel": "general", "command": "/draft", "thread_ts": "1.2"}, "not_supported_in_threads"),
    ],
)
async def test_commands_that_slack_itself_refuses(playground: Playground, body: Json, error: str) -> None:
    ada = LocalSlack(playground).as_user("U0ADA")
    with pytest.raises(Refused) as refused:
        await ada.do("slash", **body)
    assert refused.value.answer["error"] == error
    assert len(ada.notices) == 1


async def test_reactions_reach_the_app_by_their_first_names(playground: Playground) -> None:
    app = bolt_app(playground)
    events: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    @app.event("reaction_added")
    @app.event("reaction_removed")
    async def reacted(event: Json, body: Json) -> None:
        assert event["item_user"] == BOT_USER_ID
        assert event["item"] == {"type": "message", "channel": "C0DRAFTS", "ts": message.ts}
        assert body["event_id"].startswith("Ev")
        assert event["user"] == "U0BEN"
        await events.put((event["type"], event["reaction"]))

    async with connected(playground, app) as slack:
        await web_client(playground).chat_postMessage(channel="C0DRAFTS", text="A draft")
        ben = slack.as_user("U0BEN")
        message = await ben.wait_for_message("drafts", by_bot)
        for name in ("thumbsup", "+1::skin-tone-3", "one", "keycap_ten"):
            await ben.react(message, name)
        await ben.unreact(message, "thumbsup")
        seen = [await events.get() for _ in range(5)]

    assert sorted(seen[:4]) == sorted(
        ("reaction_added", n) for n in ("+1", "+1::skin-tone-3", "one", "keycap_ten")
    )
    assert ("reaction_removed", "+1") in seen
    assert [reaction.name for reaction in ben.messages("drafts")[0].reactions] == [
        "+1::skin-tone-3",
        "one",
        "keycap_ten",
    ]


async def test_a_reaction_counts_once_and_only_real_emoji_count(playground: Playground) -> None:
    await web_client(playground).chat_postMessage(channel="C0DRAFTS", text="A draft")
    ada = LocalSlack(playground).as_user("U0ADA")
    message = ada.messages("drafts")[0]
    await ada.react(message, "+1")
    for name, error in (("thumbsup", "already_reacted"), ("no_such_emoji", "invalid_name")):
        with pytest.raises(Refused) as refused:
            await ada.react(ada.messages("drafts")[0], name)
        assert refused.value.answer["error"] == error
    with pytest.raises(Refused) as refused:
        await ada.unreact(ada.messages("drafts")[0], "eyes")
    assert refused.value.answer["error"] == "no_reaction"


async def test_response_url_answers_replaces_and_deletes(playground: Playground) -> None:
    app = bolt_app(playground)

    @app.action("reply")
    async def reply(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Only for you")

    @app.action("replace")
    async def replace(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Replaced", replace_original=True)

    @app.action("delete")
    async def delete(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    async with connected(playground, app) as slack:
        ada, ben = slack.as_user("U0ADA"), slack.as_user("U0BEN")
        answered: list[str] = []
        for name in ("reply", "replace", "delete"):
            await web_client(playground).chat_postMessage(
                channel="C0GENERAL", text=name, blocks=[actions(button(name))]
            )
            await ada.click(ada.messages("general")[-1], name)
            await ada.wait_for(lambda: methods(slack).count("response_url") == len(answered) + 1 or None)
            answered.append(name)
        replaced = next(each for each in ben.messages("general") if each.text == "Replaced")

    assert replaced.blocks is None
    assert replaced.edited_ts is not None
    assert {message.text for message in ben.messages("general")} == {"reply", "Replaced"}
    assert methods(slack).count("response_url") == 3


async def test_response_url_works_five_times(playground: Playground) -> None:
    app = bolt_app(playground)
    done: asyncio.Queue[list[tuple[int, str]]] = asyncio.Queue()

    @app.command("/draft")
    async def draft(ack: Any, respond: Any) -> None:
        await ack()
        answers = [await respond(f"Answer {number}") for number in range(6)]
        await done.put([(answer.status_code, answer.body) for answer in answers])

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.slash("/draft")
        answers = await done.get()

    assert answers[:5] == [(200, "ok")] * 5
    assert answers[5][0] == 404
    assert "used_url" in answers[5][1]
    assert len(ada.messages("general")) == 5


async def test_ephemeral_messages_exist_for_one_person(playground: Playground) -> None:
    client = web_client(playground)
    sent = await client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="Hush")
    slack = LocalSlack(playground)

    assert [message.text for message in slack.as_user("U0ADA").messages("general")] == ["Hush"]
    assert slack.as_user("U0BEN").messages("general") == []
    assert snapshot(playground.slack, "U0BEN")["messages"]["C0GENERAL"] == []
    assert snapshot(playground.slack, "U0ADA")["messages"]["C0GENERAL"][0]["ephemeral"] is True
    history = await client.conversations_history(channel="C0GENERAL")
    assert history["messages"] == []
    update = await error_of(client.chat_update(channel="C0GENERAL", ts=sent["message_ts"], text="Loud"))
    assert update["error"] == "message_not_found"


async def test_an_ephemeral_message_is_shown_in_a_thread_that_has_replies(playground: Playground) -> None:
    client = web_client(playground)
    ada = LocalSlack(playground).as_user("U0ADA")
    root = await client.chat_postMessage(channel="C0GENERAL", text="root")
    hush = {"channel": "C0GENERAL", "user": "U0ADA", "thread_ts": root["ts"]}

    early = await client.chat_postEphemeral(**hush, text="early")
    await client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=root["ts"])
    await client.chat_postEphemeral(**hush, text="late")

    assert early["message_ts"]
    assert [message.text for message in ada.messages("general")] == ["root", "reply", "late"]
    history = await client.conversations_history(channel="C0GENERAL")
    assert history["messages"][0]["reply_count"] == 1


async def test_modal_errors_update_push_and_clear(playground: Playground) -> None:
    app = bolt_app(playground)

    @app.command("/draft")
    async def draft(ack: Any, command: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(text_input("why")))

    @app.view("form")
    async def form(ack: Any, view: Json) -> None:
        match view["state"]["values"]["why-block"]["why"]["value"]:
            case "errors":
                await ack(response_action="errors", errors={"why-block": "Say more."})
            case "update":
                await ack(
                    response_action="update",
                    view=modal(text_input("why", initial_value="new"), text_input("more")),
                )
            case "push":
                await ack(response_action="push", view=modal(section("Sure?"), callback_id="sure"))
            case _:
                await ack(response_action="clear")

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.slash("/draft")
        view = await ada.wait_for_modal()

        with pytest.raises(Refused) as refused:
            await ada.submit_view(view, {"why": ""})
        assert refused.value.answer["errors"] == {"why-block": "Please complete this required field."}

        with pytest.raises(Refused) as refused:
            await ada.submit_view(view, {"why": "errors"})
        assert refused.value.answer["errors"] == {"why-block": "Say more."}

        await ada.submit_view(view, {"why": "update"})
        updated = await ada.wait_for_modal()
        assert updated.id == view.id
        assert updated.hash != view.hash
        assert updated.values["why-block"]["why"]["value"] == "update"

        await ada.submit_view(updated, {"why": "push", "more": "x"})
        pushed = await ada.wait_for_modal()
        assert pushed.callback_id == "sure"
        assert (pushed.root_view_id, pushed.previous_view_id) == (view.id, view.id)

        await ada.close_view(pushed)
        assert await ada.wait_for_modal() == ada.modal()
        await ada.submit_view(updated, {"why": "done", "more": "x"})
        assert ada.modal() is None


async def test_closed_modal_is_reported_where_the_app_asks(playground: Playground) -> None:
    app = bolt_app(playground)
    closed: asyncio.Queue[Json] = asyncio.Queue()

    @app.command("/draft")
    async def draft(ack: Any, command: Json, client: Any) -> None:
        await ack()
        view = modal(section("Hello"), notify_on_close=True, private_metadata="kept")
        await client.views_open(trigger_id=command["trigger_id"], view=view)

    @app.view_closed("form")
    async def form_closed(ack: Any, body: Json) -> None:
        await ack()
        await closed.put(body)

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.slash("/draft")
        await ada.close_view(await ada.wait_for_modal())
        body = await closed.get()

    assert body["view"]["private_metadata"] == "kept"
    assert body["is_cleared"] is False


async def test_choices_in_messages_are_those_the_app_offered(playground: Playground) -> None:
    app = bolt_app(playground)
    chosen: asyncio.Queue[Json] = asyncio.Queue()
    options = [{"text": plain(name), "value": name} for name in ("one", "two")]
    pick = {"type": "static_select", "action_id": "pick", "options": options}
    thumbs = {
        "type": "feedback_buttons",
        "action_id": "thumbs",
        "positive_button": {"text": plain("Good"), "value": "up"},
        "negative_button": {"text": plain("Bad"), "value": "down"},
    }

    @app.action("pick")
    @app.action("thumbs")
    async def acted(ack: Any, body: Json) -> None:
        await ack()
        await chosen.put(body)

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await web_client(playground).chat_postMessage(
            channel="C0GENERAL",
            text="Choose",
            blocks=[actions(pick), {"type": "context_actions", "elements": [thumbs]}],
        )
        message = ada.messages("general")[0]
        await ada.choose(message, "pick", {"selected_option": options[1]})
        picked = await chosen.get()
        await ada.click(message, "thumbs", "down")
        thumbed = await chosen.get()
        for action_id, choice in (
            ("pick", {"selected_option": {"value": "three"}}),
            ("thumbs", {"value": "sideways"}),
        ):
            with pytest.raises(Refused):
                await ada.choose(message, action_id, choice)

    assert picked["actions"][0]["selected_option"]["value"] == "two"
    block_id = picked["actions"][0]["block_id"]
    assert list(picked["state"]["values"]) == [block_id]
    assert thumbed["actions"][0]["value"] == "down"
    assert thumbed["actions"][0]["type"] == "feedback_buttons"


async def test_home_is_opened_published_and_updated(playground: Playground) -> None:
    app = bolt_app(playground)
    client = web_client(playground)
    home = {"type": "home", "blocks": [section("Welcome"), actions(button("go"))]}
    pressed: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("app_home_opened")
    async def opened(event: Json) -> None:
        assert event["tab"] == "home"
        await client.views_publish(user_id=event["user"], view=home)

    @app.action("go")
    async def go(ack: Any, body: Json) -> None:
        await ack()
        await pressed.put(body)

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.open_home()
        view = await ada.wait_for(ada.home)
        await ada.click(view, "go")
        body = await pressed.get()

    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["type"] == "home"
    assert slack.as_user("U0BEN").home() is None
    stale = await error_of(client.views_publish(user_id="U0ADA", view=home, hash="old"))
    assert stale["error"] == "hash_conflict"
    await client.views_update(view_id=view.id, hash=view.hash, view={"type": "home", "blocks": []})
    changed = ada.home()
    assert changed is not None
    assert (changed.id, changed.blocks) == (view.id, [])


async def test_message_events_need_a_subscription(playground: Playground, tmp_path: Any) -> None:
    manifest = write_manifest(tmp_path, events=("message.channels",))
    async with run_playground(playground_config(manifest=manifest)) as subscribed:
        app = bolt_app(subscribed)
        texts: asyncio.Queue[Json] = asyncio.Queue()

        @app.event("message")
        async def heard(event: Json) -> None:
            await texts.put(event)

        async with connected(subscribed, app) as slack:
            ada = slack.as_user("U0ADA")
            await ada.post("not subscribed", channel="im")
            await ada.post("5 < 6 & <!channel>", channel="general")
            event = await texts.get()

    assert event["text"] == "5 &lt; 6 &amp; &lt;!channel&gt;"
    assert event["channel_type"] == "channel"
    assert texts.empty()


async def test_threads_are_one_level_deep_and_counted(playground: Playground) -> None:
    client = web_client(playground)
    slack = LocalSlack(playground)
    ada = slack.as_user("U0ADA")
    await ada.post("A question")
    root = ada.messages("general")[0]
    first = await client.chat_postMessage(channel="general", text="An answer", thread_ts=root.ts)
    second = await client.chat_postMessage(channel="general", text="More", thread_ts=first["ts"])

    thread = await client.conversations_replies(channel="C0GENERAL", ts=root.ts)
    history = await client.conversations_history(channel="C0GENERAL")
    assert [message["text"] for message in thread["messages"]] == ["A question", "An answer", "More"]
    assert second["message"]["thread_ts"] == root.ts
    assert [message["text"] for message in history["messages"]] == ["A question"]
    assert history["messages"][0]["reply_count"] == 2
    await ada.delete(root)
    assert ada.messages("general")[0].is_tombstone
    gone = await error_of(client.chat_postMessage(channel="general", text="x", thread_ts="1.000001"))
    assert gone["error"] == "thread_not_found"
