"""A person in the local Slack, for tests: does what the page does, and waits for what happens."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.playground.block_kit.state import elements
from bot.playground.changes import Change, Noticed
from bot.playground.entities import Json, Message, View
from bot.playground.server import Playground
from bot.playground.slack import ApiCall, Slack
from bot.playground.verbs import act

WAIT_SECONDS = 10.0
T = TypeVar("T")


class Refused(AssertionError):
    """Something a person did was not accepted; `answer` is what the page was told."""

    def __init__(self, verb: str, answer: Json) -> None:
        super().__init__(f"{verb}: {answer.get('error') or answer.get('errors')}")
        self.answer = answer


class LocalSlack:
    """The playground as a test sees it.

    ``slack = LocalSlack(playground); ada = slack.as_user("U0ADA"); await ada.slash("/draft", "linkedin x",
    channel="drafts")``
    """

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.slack: Slack = playground.slack

    @property
    def calls(self) -> list[ApiCall]:
        """What the app sent, oldest first."""
        return self.playground.calls

    def as_user(self, user_id: str) -> "Person":
        """One of the people; raises ApiError("user_not_found")."""
        return Person(self, self.slack.workspace.user(user_id).id)

    async def connected(self, *, timeout_seconds: float = WAIT_SECONDS) -> None:
        """Waits until the app has a socket open."""
        await self.wait_for(lambda: self.slack.socket_mode.is_connected, timeout_seconds=timeout_seconds)

    async def delivered(self, *, timeout_seconds: float = WAIT_SECONDS) -> None:
        """Waits until the app has acknowledged every event so far, or given up on it."""
        async with asyncio.timeout(timeout_seconds):
            await self.slack.socket_mode.delivered()

    async def wait_for(self, look: Callable[[], T | None], *, timeout_seconds: float = WAIT_SECONDS) -> T:
        """Calls `look` now and after every change until what it returns is truthy; returns that.

        Raises TimeoutError.
        """
        changed = asyncio.Event()
        unsubscribe = self.slack.workspace.feed.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := look()):
                    await changed.wait()
                    changed.clear()
                return found
        finally:
            unsubscribe()


@dataclass
class Person:
    """One person: what they do, and what they see."""

    local: LocalSlack
    id: str
    notices: list[Noticed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.local.slack.workspace.feed.subscribe(self._notice)

    # ------------------------------------------------------------------ doing

    async def post(self, text: str, *, channel: str = "general", thread: Message | None = None) -> Json:
        thread_ts = thread.ts if thread else None
        return await self.do("post", channel=_place(self.id, channel), text=text, thread_ts=thread_ts)

    async def slash(self, command: str, text: str = "", *, channel: str = "general") -> None:
        """Returns when the app has acknowledged; raises Refused when it did not."""
        await self.do("slash", channel=_place(self.id, channel), command=command, text=text)

    async def click(
        self, where: Message | View, action_id: str, value: str | None = None, *, block_id: str | None = None
    ) -> None:
        """Presses a button; of feedback buttons, the one with this value."""
        await self.choose(where, action_id, {"value": value} if value is not None else {}, block_id=block_id)

    async def choose(
        self,
        where: Message | View,
        action_id: str,
        chosen: Mapping[str, Any],
        *,
        block_id: str | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Picks from a select or the like: `chosen` holds `selected_option` and its kin."""
        element_block, element = _element(where.blocks or [], action_id, block_id)
        container: Json = (
            {"type": "message", "channel": where.channel, "ts": where.ts}
            if isinstance(where, Message)
            else {"type": "view", "view_id": where.id}
        )
        await self.do(
            "action",
            container=container,
            block_id=element_block["block_id"],
            action_id=action_id,
            action={"type": element["type"], **chosen},
            state=state or {},
        )

    async def react(self, message: Message, name: str) -> None:
        await self.do("react", channel=message.channel, ts=message.ts, name=name)

    async def unreact(self, message: Message, name: str) -> None:
        await self.do("react", channel=message.channel, ts=message.ts, name=name, remove=True)

    async def submit_view(self, view: View, state: Mapping[str, Any]) -> None:
        """Submits a modal: `state` as on the wire, or with action ids only, mapped to plain values.

        Raises Refused with `answer["errors"]` when fields are at fault.
        """
        await self.do("submit", view_id=view.id, state=_wire_state(view, state))

    async def close_view(self, view: View) -> None:
        await self.do("close", view_id=view.id)

    async def delete(self, message: Message) -> None:
        await self.do("delete", channel=message.channel, ts=message.ts)

    async def open_home(self) -> None:
        await self.do("open_home")

    async def do(self, verb: str, **body: Any) -> Json:
        """Any verb of the page; raises Refused when it is not accepted."""
        answer = await act(self.local.slack, verb, self.id, body)
        if not answer["ok"]:
            raise Refused(verb, answer)
        return answer

    # ------------------------------------------------------------------ seeing

    def messages(self, channel: str) -> list[Message]:
        """What this person sees in a channel, oldest first, replies included; "im" is theirs with the bot."""
        workspace = self.local.slack.workspace
        found = workspace.find_channel(_place(self.id, channel))
        return [
            message for message in workspace.messages(found.id) if message.ephemeral_to in (None, self.id)
        ]

    def modal(self) -> View | None:
        """The modal in front of this person."""
        stack = self.local.slack.modals.stack(self.id)
        return stack[-1] if stack else None

    def home(self) -> View | None:
        return self.local.slack.workspace.home(self.id)

    async def wait_for(self, look: Callable[[], T | None], *, timeout_seconds: float = WAIT_SECONDS) -> T:
        """As LocalSlack.wait_for."""
        return await self.local.wait_for(look, timeout_seconds=timeout_seconds)

    async def wait_for_message(
        self, channel: str, fits: Callable[[Message], bool], *, timeout_seconds: float = WAIT_SECONDS
    ) -> Message:
        """The newest message in a channel that fits; waits for one."""

        def look() -> Message | None:
            return next((message for message in reversed(self.messages(channel)) if fits(message)), None)

        return await self.wait_for(look, timeout_seconds=timeout_seconds)

    async def wait_for_modal(self, *, timeout_seconds: float = WAIT_SECONDS) -> View:
        """The modal in front of this person; waits for one."""
        return await self.wait_for(self.modal, timeout_seconds=timeout_seconds)

    def _notice(self, change: Change) -> None:
        if isinstance(change, Noticed) and change.user == self.id:
            self.notices.append(change)


def _place(user: str, channel: str) -> str:
    """A person's id stands for their direct message with the bot."""
    return user if channel == "im" else channel


def _element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in (None, block["block_id"]):
            return block, element
    offered = [element["action_id"] for _, element in elements(blocks)]
    raise AssertionError(f"There is no element {action_id!r} here; there are {offered}.")


def _wire_state(view: View, state: Mapping[str, Any]) -> Json:
    """`{action_id: value}` → `{block_id: {action_id: {type, …}}}`; what is nested already stays."""
    if all(isinstance(value, Mapping) for value in state.values()):
        return dict(state)
    wired: Json = {}
    for action_id, value in state.items():
        block, element = _element(view.blocks, action_id, None)
        wired.setdefault(block["block_id"], {})[action_id] = _wire_value(element, value)
    return wired


def _wire_value(element: Json, value: Any) -> Json:
    """A plain value as the element reports it: text, or the values of options."""
    options = {option["value"]: option for option in element.get("options", [])}
    match element["type"]:
        case "static_select" | "radio_buttons":
            return {"type": element["type"], "selected_option": options[value]}
        case "checkboxes" | "multi_static_select":
            return {"type": element["type"], "selected_options": [options[each] for each in value]}
    return {"type": element["type"], "value": value}
