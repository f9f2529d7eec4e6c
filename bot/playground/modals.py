"""Open modals: a stack for each person, at most three high."""

import copy
import secrets

from bot.playground.app import App
from bot.playground.block_kit.state import read_values, with_ids
from bot.playground.changes import Feed, ModalsChanged
from bot.playground.entities import Json, View
from bot.playground.errors import ApiError
from bot.playground.workspace import new_id

STACK_LIMIT = 3


def new_view(app: App, given: Json) -> View:
    """A view Slack would keep for an app, from one that was checked."""
    return _view(given, app.id, app.bot_id)


def changed_view(view: View, given: Json) -> View:
    """The same view with other contents; what a person typed stays where the ids stay."""
    fresh = _view(given, view.app_id, view.bot_id)
    return fresh.model_copy(
        update={
            "id": view.id,
            "root_view_id": view.root_view_id,
            "previous_view_id": view.previous_view_id,
            "external_id": given.get("external_id") or view.external_id,
            "values": read_values(fresh.blocks, _filled(view.values)),
        }
    )


def in_conversation(given: Json, channel: str | None) -> Json:
    """A checked view with `channel` chosen where the app wants the current conversation and names none."""
    view = copy.deepcopy(given)
    for block in view["blocks"]:
        element = block.get("element") or block.get("accessory") or {}
        for each in (element, *block.get("elements", ())):
            if channel is not None and each.get("default_to_current_conversation"):
                if each["type"] == "conversations_select":
                    each.setdefault("initial_conversation", channel)
                else:
                    each.setdefault("initial_conversations", [channel])
    return view


class Modals:
    """What each person has open. Modals live as long as the process: nobody finishes them after a restart."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._stacks: dict[str, list[View]] = {}

    def stack(self, user: str) -> list[View]:
        """The person's open modals, the visible one last."""
        return list(self._stacks.get(user, []))

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> tuple[str, View] | None:
        """Who has this modal open, and the modal."""
        for user, stack in self._stacks.items():
            for view in stack:
                if view.id == view_id or (external_id and view.external_id == external_id):
                    return user, view
        return None

    def open(self, user: str, view: View) -> None:
        """Puts a modal in front of the person, in place of whatever was open."""
        self._refuse_taken_external_id(view)
        self._set(user, [view])

    def push(self, user: str, view: View) -> View:
        """Lays a modal over the open one; raises ApiError("push_limit_reached")."""
        stack = self.stack(user)
        if len(stack) >= STACK_LIMIT:
            raise ApiError("push_limit_reached")
        self._refuse_taken_external_id(view)
        if stack:
            view = view.model_copy(update={"root_view_id": stack[0].id, "previous_view_id": stack[-1].id})
        self._set(user, [*stack, view])
        return view

    def replace(self, user: str, view: View) -> None:
        """Swaps a modal for its changed version."""
        self._set(user, [view if other.id == view.id else other for other in self.stack(user)])

    def keep_values(self, user: str, view: View) -> None:
        """Remembers what was typed; nobody is told, for whoever typed it sees it."""
        self._stacks[user] = [view if other.id == view.id else other for other in self.stack(user)]

    def close(self, user: str, view_id: str) -> None:
        """Takes one modal away; the one under it is visible again."""
        self._set(user, [view for view in self.stack(user) if view.id != view_id])

    def clear(self, user: str) -> None:
        self._set(user, [])

    def _set(self, user: str, stack: list[View]) -> None:
        self._stacks[user] = stack
        self._feed.publish(ModalsChanged(user))

    def _refuse_taken_external_id(self, view: View) -> None:
        if view.external_id and self.find(external_id=view.external_id) is not None:
            raise ApiError("duplicate_external_id")


def _view(given: Json, app_id: str, bot_id: str) -> View:
    blocks = with_ids(given["blocks"])
    view_id = new_id("V")
    known = {key: value for key, value in given.items() if key in View.model_fields and value is not None}
    identity = {"id": view_id, "hash": _new_hash(), "app_id": app_id, "bot_id": bot_id}
    return View(
        **{**known, **identity, "blocks": blocks},
        values=read_values(blocks, {}),
    ).model_copy(update={"root_view_id": view_id})


def _filled(values: Json) -> Json:
    """Without the fields that nobody filled in: those start again from what the app sets."""
    return {
        block_id: {
            action_id: value
            for action_id, value in fields.items()
            if any(part not in (None, []) for key, part in value.items() if key != "type")
        }
        for block_id, fields in values.items()
    }


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
