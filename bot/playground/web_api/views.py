"""views.*: modals and App Homes."""

from bot.playground.block_kit.validation import check_view
from bot.playground.entities import Json, View
from bot.playground.errors import ApiError
from bot.playground.modals import changed_view, in_conversation, new_view
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Nested


class OpenView(Arguments):
    trigger_id: str
    view: Nested


class UpdateView(Arguments):
    view: Nested
    view_id: str | None = None
    external_id: str | None = None
    hash: str | None = None


class PublishView(Arguments):
    user_id: str
    view: Nested
    hash: str | None = None


def open_view(slack: Slack, given: OpenView) -> Json:
    trigger = slack.triggers.check(given.trigger_id)
    checked = check_view(given.view, kind="modal")
    view = new_view(slack.app, in_conversation(checked, trigger.channel))
    slack.modals.open(slack.triggers.exchange(given.trigger_id).user, view)
    return {"view": view.payload()}


def push_view(slack: Slack, given: OpenView) -> Json:
    trigger = slack.triggers.check(given.trigger_id)
    if trigger.view_id is None or slack.modals.find(view_id=trigger.view_id) is None:
        raise ApiError("not_found")
    view = new_view(slack.app, check_view(given.view, kind="modal"))
    view = slack.modals.push(slack.triggers.exchange(given.trigger_id).user, view)
    return {"view": view.payload()}


def update_view(slack: Slack, given: UpdateView) -> Json:
    """By view id or external id; an App Home is updated by its view id too."""
    if given.view_id is None and given.external_id is None:
        raise ApiError("invalid_arguments", ["must provide one of view_id or external_id"])
    found = slack.modals.find(view_id=given.view_id, external_id=given.external_id)
    if found is not None and found[1].app_id == slack.app.id:
        user, view = found
        changed = _changed(view, given.view, given.hash)
        slack.modals.replace(user, changed)
        return {"view": changed.payload()}
    for user, view in slack.workspace.homes():
        if view.id == given.view_id and view.app_id == slack.app.id:
            return publish_view(slack, PublishView(user_id=user, view=given.view, hash=given.hash))
    raise ApiError("not_found")


def publish_view(slack: Slack, given: PublishView) -> Json:
    if not slack.manifest.has_home_tab:
        raise ApiError("not_enabled")
    user = slack.workspace.user(given.user_id)
    if user.is_bot:
        raise ApiError("user_not_found")
    present = slack.workspace.home(user.id, slack.app.id)
    if present is None:
        view = new_view(slack.app, check_view(given.view, kind="home"))
    else:
        view = _changed(present, given.view, given.hash)
    slack.workspace.put_home(user.id, view)
    return {"view": view.payload()}


def _changed(view: View, given: object, known_hash: str | None) -> View:
    """Raises ApiError("hash_conflict") when the app's idea of the view is out of date."""
    checked = check_view(given, kind=view.type)
    if known_hash is not None and known_hash != view.hash:
        raise ApiError("hash_conflict")
    return changed_view(view, checked)


METHODS = (
    Method("views.open", OpenView, open_view),
    Method("views.push", OpenView, push_view),
    Method("views.update", UpdateView, update_view),
    Method("views.publish", PublishView, publish_view),
)
