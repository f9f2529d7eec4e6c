"""Settings that editors change on the App Home: the forms, what is wrong in them, and going back."""

import asyncio
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.effective_settings import KIND_PREFIX, REPORT_KEY, REVEAL_KEY, ROUTE_PREFIX
from bot.errors import SettingRefused
from bot.home import Page
from bot.judgements import HOME
from bot.listeners.home import publish
from bot.services import Services
from bot.setting_wishes import parse_kind_form, parse_report_form, parse_reveal_form, parse_route_form
from evaluation import store
from generation.registry import PresenceStatus, find_presence
from generation.routing import find_rule

SUBJECT_KEYS = {messages.REVEAL_SUBJECT: REVEAL_KEY, messages.REPORT_SUBJECT: REPORT_KEY}
BACK_KEYS = {messages.BACK_KIND: KIND_PREFIX, messages.BACK_ROUTE: ROUTE_PREFIX}

Payload = dict[str, Any]


def register(app: AsyncApp, services: Services) -> None:
    editing = _Editing(services)
    _register_actions(app, editing)
    _register_forms(app, services, editing)


def _register_actions(app: AsyncApp, editing: "_Editing") -> None:
    @app.action(messages.CHANGE_ACTION)
    async def change(ack: AsyncAck, body: Payload, action: Payload, client: AsyncWebClient) -> None:
        await ack()
        await editing.open(body, client, await editing.form(action["value"], body))

    @app.action(messages.KIND_ACTION)
    async def change_kind(ack: AsyncAck, body: Payload, action: Payload, client: AsyncWebClient) -> None:
        await ack()
        what, _, name = action["selected_option"]["value"].partition(":")
        if what in BACK_KEYS:
            await editing.go_back(body, client, f"{BACK_KEYS[what]}{name}", action["action_ts"])
        else:
            await editing.open(body, client, await editing.form_of_kind(what, name))

    @app.action(messages.BACK_ACTION)
    async def go_back(ack: AsyncAck, body: Payload, action: Payload, client: AsyncWebClient) -> None:
        await ack()
        await editing.go_back(body, client, SUBJECT_KEYS[action["value"]], action["action_ts"])


def _register_forms(app: AsyncApp, services: Services, editing: "_Editing") -> None:
    @app.view(messages.REVEAL_FORM)
    async def save_reveal(ack: AsyncAck, body: Payload, view: Payload, client: AsyncWebClient) -> None:
        await editing.save(ack, body, client, lambda: (REVEAL_KEY, parse_reveal_form(view)))

    @app.view(messages.REPORT_FORM)
    async def save_report(ack: AsyncAck, body: Payload, view: Payload, client: AsyncWebClient) -> None:
        await editing.save(ack, body, client, lambda: (REPORT_KEY, parse_report_form(view)))

    @app.view(messages.KIND_FORM)
    async def save_kind(ack: AsyncAck, body: Payload, view: Payload, client: AsyncWebClient) -> None:
        def parse() -> tuple[str, Any]:
            settings = services.settings
            name, value = parse_kind_form(view, settings, settings.declared)
            return f"{KIND_PREFIX}{name}", value or None

        await editing.save(ack, body, client, parse)

    @app.view(messages.ROUTE_FORM)
    async def save_route(ack: AsyncAck, body: Payload, view: Payload, client: AsyncWebClient) -> None:
        def parse() -> tuple[str, Any]:
            name, value = parse_route_form(view)
            return f"{ROUTE_PREFIX}{name}", value

        await editing.save(ack, body, client, parse)


class _Editing:
    """What the listeners have in common: only editors change anything, and then the page shows it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, body: Payload, client: AsyncWebClient, form: Payload) -> None:
        """The form for an editor; a word to anybody else, whose page is out of date."""
        user_id = body["user"]["id"]
        view = form if self._may_edit(user_id) else _note(texts.only_editors_change(user_id))
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def form(self, subject: str, body: Payload) -> Payload:
        settings = self._services.settings
        match subject:
            case messages.REVEAL_SUBJECT:
                return messages.reveal_form(settings.workspace.reveal)
            case messages.REPORT_SUBJECT:
                return messages.report_form(settings.report)
            case messages.STYLE_SUBJECT:
                style = await self._services.database.read(store.house_style, body["team"]["id"])
                return messages.style_form(style.text if style else "", origin=HOME)
        return messages.kind_form(None)

    async def form_of_kind(self, what: str, name: str) -> Payload:
        settings = self._services.settings
        kind, rule = settings.content_types.get(name), find_rule(name, settings.routes)
        if kind is None:
            return _note(texts.SETTINGS_KIND_GONE)
        if what == messages.CHANGE_KIND:
            return messages.kind_form(kind)
        if rule is None or not settings.workspace.names_models:
            return _note(texts.SETTINGS_ROUTES_HIDDEN)
        return messages.route_form(kind, rule, await asyncio.to_thread(self._models))

    async def go_back(self, body: Payload, client: AsyncWebClient, key: str, action_ts: str) -> None:
        user_id = body["user"]["id"]
        if not self._may_edit(user_id):
            refusal = _note(texts.only_editors_change(user_id))
            await client.views_open(trigger_id=body["trigger_id"], view=refusal)
            return
        delivery_key = f"{user_id}.{action_ts}.{key}"
        await self._services.changes.change(key, None, author_id=user_id, delivery_key=delivery_key)
        await self._show(body, client)

    async def save(
        self, ack: AsyncAck, body: Payload, client: AsyncWebClient, parse: Callable[[], tuple[str, Any]]
    ) -> None:
        """Keeps what was submitted, or says beside each field what is wrong with it."""
        user_id, view = body["user"]["id"], body["view"]
        first = next(iter(view["state"]["values"]))
        if not self._may_edit(user_id):
            await ack(response_action="errors", errors={first: texts.only_editors_change(user_id)})
            return
        try:
            key, value = parse()
            await self._services.changes.change(key, value, author_id=user_id, delivery_key=view["id"])
        except SettingRefused as refusal:
            known = view["state"]["values"]
            errors = {name if name in known else first: words for name, words in refusal.faults.items()}
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        await self._show(body, client)

    async def _show(self, body: Payload, client: AsyncWebClient) -> None:
        user_id, team_id = body["user"]["id"], body["team"]["id"]
        await publish(self._services, client, user_id, Page.SETTINGS, team_id=team_id)

    def _may_edit(self, user_id: str) -> bool:
        return user_id in self._services.settings.workspace.editors

    def _models(self) -> dict[str, bool]:
        settings = self._services.settings
        return {
            name: find_presence(spec, settings.models_dir).status is PresenceStatus.PRESENT
            for name, spec in settings.models.items()
        }


def _note(sentence: str) -> Payload:
    return messages.note_view((sentence, [messages.section(sentence)]))
