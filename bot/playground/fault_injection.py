"""Faults over HTTP: `…/faults` lists, starts and ends them; those that happen once happen here."""

import json
from collections.abc import Sequence

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from bot.playground.entities import Json
from bot.playground.errors import ApiError
from bot.playground.faults import AskForRefresh, DropSockets, ExpireTriggers, Fault, LastingFault, Once
from bot.playground.slack import Slack

_FAULTS: TypeAdapter[LastingFault | Once] = TypeAdapter(Fault)


async def start_fault(slack: Slack, request: web.Request) -> web.Response:
    """A fault as JSON, such as `{"kind": "lose_acks", "for_seconds": 30}`."""
    try:
        given = json.loads(await request.text())
        answer = await inject(slack, _FAULTS.validate_python(given))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "kind"
        detail = f"{place}: {first['msg']}"
        return web.json_response({"ok": False, "error": "invalid_arguments", "detail": detail}, status=400)
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_json"}, status=400)
    except ApiError as error:
        return web.json_response(error.response(), status=404)
    return web.json_response({"ok": True, **answer})


def end_faults(slack: Slack, fault_id: str | None) -> web.Response:
    """Ends one fault, or without an id all of them."""
    if fault_id is None:
        slack.faults.end_all()
    elif not fault_id.isdecimal() or not slack.faults.end(int(fault_id)):
        return web.json_response({"ok": False, "error": "fault_not_found"}, status=404)
    return web.json_response({"ok": True, "faults": faults_payload(slack)})


def faults_payload(slack: Slack) -> list[Json]:
    """The faults at work, oldest first."""
    return [active.payload() for active in slack.faults.active()]


async def inject(slack: Slack, fault: LastingFault | Once) -> Json:
    """Starts a lasting fault, or lets one happen; returns what came of it.

    Raises ApiError("app_not_found").
    """
    apps: Sequence[Slack] = slack.apps if fault.app is None else [slack.of_app(fault.app)]
    _enter(slack, fault)
    match fault:
        case DropSockets():
            return {"sockets": sum(each.socket_mode.drop_sockets() for each in apps)}
        case AskForRefresh(reason=reason):
            return {"sockets": sum([await each.socket_mode.ask_for_refresh(reason) for each in apps])}
        case ExpireTriggers():
            return {"triggers": sum(each.triggers.expire_all() for each in apps)}
    return {"fault": slack.faults.start(fault).payload()}


def _enter(slack: Slack, fault: LastingFault | Once) -> None:
    """Who reads the exchanges later sees that this was on purpose."""
    details = fault.model_dump(exclude={"kind"}, exclude_none=True)
    summary = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in details.items())
    entry = slack.inspector.begin(fault.app or "", "fault", fault.kind, details, summary=summary)
    slack.inspector.end(entry)
