"""A person in the local Slack, for tests: does what the page does, and sees what the page shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bot.playground.changes import Change, Noticed
from bot.playground.entities import Channel, Json, Message, View
from bot.playground.form_values import find_offered, form_state, wire_value
from bot.playground.verbs import act

if TYPE_CHECKING:
    from bot.playground.local_slack import LocalSlack

WAIT_SECONDS = 10.0
T = TypeVar("T")


class Refused(AssertionError):
    """Something a person did was not accepted; `answer` is what the page was told."""

    def __init__(self, verb: str, answer: Json) -> None:
        super().__init__(f"{verb}: {answer.get('error') or answer.get('errors')}")
        self.answer = answer


@dataclass
class Person:
    """One person: what they do, and what they see. Whatever asks an app returns once it acknowledged."""

    local: "LocalSlack"
    id: str
    notices: list[Noticed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.local.slack.workspace.feed.subscribe(self._notice)

    # ------------------------------------------------------------------ doing

    async def post(self, text: str, *, channel: str = "general", thread: Message | None = None) -> Json:
        thread_ts = thread.ts if thread else None
        return await self.do("post", channel=self._channel(channel).id, text=text, thread_ts=thread_ts)

    async def mention(
        self, text: str, *, channel: str = "general", thread: Message | None = None, app: str | None = None
    ) -> Json:
        """Posts the text with the app's bot named before it."""
        bot = self.local.slack.workspace.user(self.local.of_app(app).app.bot_user)
        return await self.post(f"@{bot.name} {text}", channel=channel, thread=thread)

    async def slash(self, command: str, text: str = "", *, channel: str = "general") -> None:
        """Returns when the app has acknowledged; raises Refused when it did not."""
        await self.do("slash", channel=self._channel(channel).id, command=command, text=text)

    async def shortcut(self, callback_id: str, message: Message | None = None) -> None:
        """Uses a shortcut of the message's menu, or without a message a global one."""
        where = {} if message is None else {"channel": message.channel, "ts": message.ts}
        await self.do("shortcut", callback_id=callback_id, **where)

    async def click(
        self, where: Message | View, action_id: str, value: str | None = None, *, block_id: str | None = None
    ) -> None:
        """Presses a button; of feedback buttons, the one with this value."""
        await self.choose(where, action_id, {"value": value} if value is not None else {}, block_id=block_id)

    async def choose(
        self,
        where: Message | View,
        action_id: str,
        chosen: Any,
        *,
        block_id: str | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Picks from a select or the like, by an option's value, a date, an id, or several of them.

        A mapping is taken as it stands on the wire: `{"selected_option": {…}}`.
        """
        element_block, element = find_offered(where.blocks or [], action_id, block_id)
        picked = chosen if isinstance(chosen, Mapping) else wire_value(element, chosen)
        await self.do(
            "action",
            container=_container(where),
            block_id=element_block["block_id"],
            action_id=action_id,
            action={"type": element["type"], **picked},
            state=state or {},
        )

    async def suggestions(
        self, where: Message | View, action_id: str, text: str = "", *, block_id: str | None = None
    ) -> Sequence[Json]:
        """What an external select offers for a text; one of these may be chosen or submitted."""
        block, _ = find_offered(where.blocks or [], action_id, block_id)
        answer = await self.do(
            "suggest",
            container=_container(where),
            block_id=block["block_id"],
            action_id=action_id,
            value=text,
        )
        groups = [group["options"] for group in answer.get("option_groups") or []]
        return [*(answer.get("options") or []), *(option for options in groups for option in options)]

    async def react(self, message: Message, name: str) -> None:
        await self.do("react", channel=message.channel, ts=message.ts, name=name)

    async def unreact(self, message: Message, name: str) -> None:
        await self.do("react", channel=message.channel, ts=message.ts, name=name, remove=True)

    async def submit_view(self, view: View, state: Mapping[str, Any]) -> None:
        """Submits a modal: `state` as on the wire, or with action ids only, mapped to plain values.

        Raises Refused with `answer["errors"]` when fields are at fault.
        """
        await self.do("submit", view_id=view.id, state=form_state(view, state))

    async def close_view(self, view: View) -> None:
        await self.do("close", view_id=view.id)

    async def delete(self, message: Message) -> None:
        await self.do("delete", channel=message.channel, ts=message.ts)

    async def open_home(self, app: str | None = None) -> None:
        """Looks at an app's Home tab; the app hears of it by an event."""
        await self.do("open_home", app=self.local.of_app(app).app.id)

    async def do(self, verb: str, **body: Any) -> Json:
        """Any verb of the page; raises Refused when it is not accepted."""
        answer = await act(self.local.slack, verb, self.id, body)
        if not answer["ok"]:
            raise Refused(verb, answer)
        return answer

    # ------------------------------------------------------------------ seeing

    def messages(self, channel: str = "general") -> list[Message]:
        """What this person sees in a channel, oldest first, replies included.

        "im" is their direct message with the first app, "im:Name" the one with the app of that name.
        """
        found = self._channel(channel)
        seen = self.local.slack.workspace.messages(found.id)
        return [message for message in seen if message.ephemeral_to in (None, self.id)]

    def modal(self) -> View | None:
        """The modal in front of this person."""
        stack = self.local.slack.modals.stack(self.id)
        return stack[-1] if stack else None

    def home(self, app: str | None = None) -> View | None:
        """What an app shows this person on its Home tab."""
        return self.local.slack.workspace.home(self.id, self.local.of_app(app).app.id)

    async def wait_for(self, look: Callable[[], T | None], *, timeout_seconds: float = WAIT_SECONDS) -> T:
        """As LocalSlack.wait_for."""
        return await self.local.wait_for(look, timeout_seconds=timeout_seconds)

    async def wait_for_message(
        self,
        channel: str = "general",
        fits: Callable[[Message], bool] = lambda message: message.bot_id is not None,
        *,
        timeout_seconds: float = WAIT_SECONDS,
    ) -> Message:
        """The newest message in a channel that fits, an app's by default; waits for one."""

        def look() -> Message | None:
            return next((message for message in reversed(self.messages(channel)) if fits(message)), None)

        return await self.wait_for(look, timeout_seconds=timeout_seconds)

    async def wait_for_modal(self, *, timeout_seconds: float = WAIT_SECONDS) -> View:
        """The modal in front of this person; waits for one."""
        return await self.wait_for(self.modal, timeout_seconds=timeout_seconds)

    async def wait_for_home(self, app: str | None = None, *, timeout_seconds: float = WAIT_SECONDS) -> View:
        """An app's Home tab as this person sees it; waits until there is one."""
        return await self.wait_for(lambda: self.home(app), timeout_seconds=timeout_seconds)

    def _channel(self, name: str) -> Channel:
        """A channel by name or id; "im" is the direct message with an app."""
        kind, _, app = name.partition(":")
        if kind == "im":
            return self.local.of_app(app or None).find_channel(self.id)
        return self.local.slack.find_channel(name)

    def _notice(self, change: Change) -> None:
        if isinstance(change, Noticed) and change.user == self.id:
            self.notices.append(change)


def _container(where: Message | View) -> Json:
    if isinstance(where, Message):
        return {"type": "message", "channel": where.channel, "ts": where.ts}
    return {"type": "view", "view_id": where.id}
