"""What its requester, or an editor, does with a draft: copy, rewrite, edit, discard."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.corrections import parse_correction, parse_instruction
from bot.drafting.telling import privately_in
from bot.errors import BadField
from bot.listeners.clicks import Click, clicked
from bot.messages import DraftAct, FormDraft
from bot.plain_text import indented
from bot.revising import Standing
from bot.services import Services
from bot.whispers import answer
from evaluation.errors import DraftDiscarded, EditOverlapped, RatingRefused
from generation.content_types import TextFormat

log = structlog.get_logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    listeners = DraftActionListeners(services)
    app.action(messages.act_action(DraftAct.COPY))(clicked(listeners.press))
    app.action(messages.act_action(DraftAct.REWRITE))(clicked(listeners.press))
    app.action(messages.MORE_ACTION)(clicked(listeners.press))
    app.view(messages.REWRITE_FORM)(listeners.submit_instruction)
    app.view(messages.EDIT_FORM)(listeners.submit_text)
    app.view(messages.DISCARD_FORM)(listeners.confirm_discard)


class DraftActionListeners:
    """Each looks whether this person may, records, and leaves it to others to change the message."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def press(self, click: Click) -> None:
        draft_id, act = _chosen(click.action)
        standing = await self._services.revising.standing(draft_id)
        problem = self._problem(standing, click.user_id)
        if standing is None or problem is not None:
            await answer(click.respond, problem or texts.DRAFT_UNKNOWN)
        elif act is DraftAct.COPY:
            await self._copy(standing, click.user_id, click.respond)
        elif act is DraftAct.REWRITE and standing.content_type is None:
            await answer(click.respond, texts.KIND_NO_LONGER_WRITTEN)
        else:
            await self._open(_form(act, standing, _thread_of(click.body)), click)

    async def submit_instruction(
        self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        form, user_id = FormDraft.from_metadata(view["private_metadata"]), body["user"]["id"]
        standing = await self._services.revising.standing(form.draft_id)
        try:
            instruction = parse_instruction(view)
        except BadField as refusal:
            await ack(response_action="errors", errors={refusal.field: str(refusal)})
            return
        problem = self._problem(standing, user_id)
        if standing is None or problem is not None:
            await _refuse(ack, messages.INSTRUCTION_FIELD, problem)
            return
        tell = privately_in(client, standing.request.channel_id, user_id, form.thread_ts)
        await self._services.revising.rewrite(view["id"], standing, form, user_id, instruction, tell)
        await ack()

    async def submit_text(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        form, user_id = FormDraft.from_metadata(view["private_metadata"]), body["user"]["id"]
        first = messages.text_field(1)
        standing = await self._services.revising.standing(form.draft_id)
        problem = self._problem(standing, user_id)
        if standing is None or problem is not None:
            await _refuse(ack, first, problem)
            return
        try:
            text = parse_correction(view, form, standing.content_type)
            if text == _editable(standing) and standing.current.edit_id == form.based_on:
                raise BadField(first, texts.TEXT_UNCHANGED)
            await self._services.revising.edit(view["id"], form, user_id, text)
        except BadField as refusal:
            await _refuse(ack, refusal.field, str(refusal))
        except EditOverlapped:
            await _refuse(ack, first, texts.EDIT_OVERLAPPED)
        except DraftDiscarded:
            await _refuse(ack, first, texts.DRAFT_IS_DISCARDED)
        except RatingRefused:
            await _refuse(ack, first, texts.DRAFT_IS_GONE)
        else:
            await ack()
            self._services.revising.show(standing.request.id)

    async def confirm_discard(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        form, user_id = FormDraft.from_metadata(view["private_metadata"]), body["user"]["id"]
        standing = await self._services.revising.standing(form.draft_id)
        problem = self._problem(standing, user_id)
        if standing is None or problem is not None:
            said = problem or texts.DRAFT_UNKNOWN
            note = messages.note_view((said, [messages.section(said)]))
            await ack(response_action="update", view=note)
            return
        await self._services.revising.discard(form.draft_id, user_id)
        await ack()
        self._services.revising.show(standing.request.id)

    def _problem(self, standing: Standing | None, user_id: str) -> str | None:
        """Why this person can do nothing with this draft; None where they can."""
        if standing is None:
            return texts.DRAFT_UNKNOWN
        if not self._services.revising.may_change(standing, user_id):
            return texts.NOT_YOURS
        if standing.draft.discarded_at is not None:
            return texts.DRAFT_IS_DISCARDED
        return None

    async def _copy(self, standing: Standing, user_id: str, respond: AsyncRespond) -> None:
        copy = await self._services.revising.copy(standing)
        layout = messages.copy_message(messages.escape(copy.label), copy.text, copy.limit)
        if layout is not None:
            await answer(respond, *layout)
            return
        counted = texts.copy_ready(messages.escape(copy.label), len(copy.text), copy.limit)
        is_sent = await self._services.revising.send_file(copy, user_id)
        await answer(respond, texts.copy_in_file(counted) if is_sent else texts.COPY_NOT_SENT)

    async def _open(self, view: dict[str, Any], click: Click) -> None:
        try:
            await click.open(view)
        except SlackApiError as error:
            log.warning("form_not_opened", reason=str(error.response["error"]))
            await answer(click.respond, texts.ACT_FORM_NOT_OPENED)


def _chosen(action: dict[str, Any]) -> tuple[str, DraftAct]:
    """From a button, whose id names the act, or from an option of the menu, whose value does."""
    if action["type"] == "overflow":
        draft_id, _, act = action["selected_option"]["value"].partition(".")
        return draft_id, DraftAct(act)
    return action["value"], next(act for act in DraftAct if messages.act_action(act) == action["action_id"])


def _form(act: DraftAct, standing: Standing, thread_ts: str) -> dict[str, Any]:
    draft, current = standing.draft, standing.current
    if act is DraftAct.EDIT:
        return messages.edit_form(draft.id, thread_ts, draft.label, _editable(standing), current.edit_id)
    build = messages.rewrite_form if act is DraftAct.REWRITE else messages.discard_form
    return build(FormDraft(draft.id, thread_ts), draft.label)


def _editable(standing: Standing) -> str:
    """JSON as the message shows it, on lines of its own."""
    text = standing.current.text.strip()
    return indented(text) if standing.format is TextFormat.JSON else text


def _thread_of(body: dict[str, Any]) -> str:
    """In which a rewritten draft goes: where this one stands, or below it."""
    message = body["message"]
    return str(message.get("thread_ts") or message["ts"])


async def _refuse(ack: AsyncAck, field: str, problem: str | None) -> None:
    await ack(response_action="errors", errors={field: problem or texts.DRAFT_UNKNOWN})
