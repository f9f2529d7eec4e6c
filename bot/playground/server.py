"""The playground's HTTP server: routes, guards, start and stop."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.playground.app import install_apps
from bot.playground.config import PlaygroundConfig, utc_now
from bot.playground.downloads import send_to_app, send_to_page
from bot.playground.entities import Clock
from bot.playground.errors import ApiError, ConfigurationError
from bot.playground.fault_injection import end_faults, faults_payload, start_fault
from bot.playground.inspecting import show_exchanges
from bot.playground.page import Pages
from bot.playground.response_urls import answer_response_url
from bot.playground.slack import ApiCall, Slack, build_slack
from bot.playground.storage import Storage
from bot.playground.timekeeping import keep_time
from bot.playground.verbs import act
from bot.playground.web_api.dispatch import call_web_api
from bot.playground.web_api.files import receive_upload
from bot.playground.workspace import Workspace

STATIC = Path(__file__).parent / "static"
STOP_SECONDS = 3.0
_BODY_LIMIT_BYTES = 16 * 1024 * 1024
# slack_sdk sends blocks.validate's blocks in the address.
_ADDRESS_LIMIT_BYTES = 256 * 1024
_SLACK = web.AppKey("slack", Slack)
_PAGES = web.AppKey("pages", Pages)
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Playground:
    """A running local Slack."""

    slack: Slack
    port: int

    @property
    def page_url(self) -> str:
        """The page's address, secret included."""
        return f"{self.slack.origin}/{self.slack.config.secret}/"

    @property
    def slack_api_url(self) -> str:
        """What a Slack client takes as its base address."""
        return f"{self.slack.origin}/api/"

    @property
    def calls(self) -> list[ApiCall]:
        """What the apps sent, oldest first: Web API calls, response addresses, acks, uploads."""
        return list(self.slack.calls)


@asynccontextmanager
async def run_playground(config: PlaygroundConfig, *, clock: Clock = utc_now) -> AsyncIterator[Playground]:
    """Serves until the block ends.

    Raises ConfigurationError when the manifest or the state file is unusable or the port is taken.
    """
    apps = install_apps(config)
    storage = Storage(config.state_path)
    workspace = Workspace(storage, bots=[app.bot() for app in apps], clock=clock)
    slack = build_slack(config, apps, workspace, clock)
    runner = web.AppRunner(
        _build_application(slack),
        access_log=None,
        shutdown_timeout=STOP_SECONDS,
        max_line_size=_ADDRESS_LIMIT_BYTES,
    )
    try:
        await runner.setup()
        port = await _listen(runner, config)
        slack.installation.origin = f"http://{_host_in_address(config.host)}:{port}"
        timekeeper = asyncio.get_running_loop().create_task(keep_time(slack))
        try:
            yield Playground(slack, port)
        finally:
            timekeeper.cancel()
            await asyncio.gather(timekeeper, return_exceptions=True)
    finally:
        await runner.cleanup()
        storage.close()


async def _listen(runner: web.AppRunner, config: PlaygroundConfig) -> int:
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as error:
        raise ConfigurationError(
            f"The playground cannot listen on {config.host}:{config.port}: {error.strerror or error}. "
            "Choose another port under [playground] in copydesk.toml; 0 takes any free one."
        ) from None
    return int(runner.addresses[0][1])


def _build_application(slack: Slack) -> web.Application:
    application = web.Application(middlewares=[_guard], client_max_size=_BODY_LIMIT_BYTES)
    application[_SLACK] = slack
    application[_PAGES] = Pages(slack)
    application.on_response_prepare.append(_add_headers)
    application.on_shutdown.append(_close_sockets)
    page = f"/{slack.config.secret}"
    application.add_routes(
        [
            web.route("*", "/api/{method}", _web_api),
            web.get("/link/", _socket),
            web.post("/upload/{file_id}", _upload),
            web.get("/files-pri/{file}/{name}", _private_file),
            web.get("/files-pri/{file}/download/{name}", _private_file),
            web.post("/response/{app}/{token}", _response_url),
            web.get("/archives/{channel}/{message}", _archives),
            web.get("/{secret}", _add_slash),
            web.get("/{secret}/", _index),
            web.get("/{secret}/events", _page_events),
            web.post("/{secret}/act/{verb}", _page_verb),
            web.get("/{secret}/file/{file_id}", _file),
            web.get("/{secret}/inspector", _inspect),
            web.delete("/{secret}/inspector", _forget),
            web.get("/{secret}/faults", _faults),
            web.post("/{secret}/faults", _start_fault),
            web.delete("/{secret}/faults", _end_faults),
            web.delete("/{secret}/faults/{fault_id}", _end_faults),
            web.static(f"{page}/static/", STATIC),
        ]
    )
    return application


async def _close_sockets(application: web.Application) -> None:
    """Sockets would hold up the stop: nobody else ends them."""
    application[_SLACK].inspector.close()
    for each in application[_SLACK].apps:
        await each.socket_mode.close()
    await application[_PAGES].close()


# ---------------------------------------------------------------------------- guards


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses other hosts' names (DNS rebinding), other origins' pages, and wrong secrets."""
    slack = request.app[_SLACK]
    port = slack.origin.rpartition(":")[2]
    hosts = {f"{name}:{port}" for name in _LOOPBACK_NAMES}
    # slack_sdk's built-in socket client names the host without the port.
    if request.host not in hosts | _LOOPBACK_NAMES:
        return web.Response(
            status=421, text="This server answers to its own address only. Use the one it printed."
        )
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in hosts}:
        return web.Response(status=403, text="Requests from other pages are refused.")
    secret = request.match_info.get("secret")
    if secret is not None and not hmac.compare_digest(secret.encode(), slack.config.secret.encode()):
        return web.Response(
            status=404, text="Not found. The page's address holds a secret; it is printed at start."
        )
    return await handler(request)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


# ---------------------------------------------------------------------------- for the app


async def _web_api(request: web.Request) -> web.StreamResponse:
    return await call_web_api(request.app[_SLACK], request)


async def _socket(request: web.Request) -> web.StreamResponse:
    try:
        slack = request.app[_SLACK].of_app(request.query.get("app_id", ""))
    except ApiError:
        return web.Response(status=404, text="There is no such app. Call apps.connections.open.")
    return await slack.socket_mode.serve(request)


async def _upload(request: web.Request) -> web.StreamResponse:
    slack = request.app[_SLACK]
    return await receive_upload(slack, request.clone(client_max_size=slack.config.max_file_bytes + 64 * 1024))


async def _private_file(request: web.Request) -> web.StreamResponse:
    return await send_to_app(request.app[_SLACK], request)


async def _response_url(request: web.Request) -> web.StreamResponse:
    return await answer_response_url(request.app[_SLACK], request)


async def _archives(_request: web.Request) -> web.StreamResponse:
    """Permalinks have Slack's form; the page follows them itself, a browser alone cannot know the secret."""
    return web.Response(
        status=404, text="Open this link inside the playground: its address is printed at start."
    )


# ---------------------------------------------------------------------------- for the page


async def _add_slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/{request.match_info['secret']}/")


async def _index(_request: web.Request) -> web.StreamResponse:
    index = STATIC / "index.html"
    if not index.is_file():
        return web.Response(
            status=404, text="The page is missing from this installation. Install Copydesk again."
        )
    return web.FileResponse(index)


async def _page_events(request: web.Request) -> web.StreamResponse:
    slack = request.app[_SLACK]
    user = _person(slack, request)
    if user is None:
        return web.Response(
            status=404, text="There is no such person. Use ?as= with one of the page's people."
        )
    return await request.app[_PAGES].serve(user, request)


async def _page_verb(request: web.Request) -> web.StreamResponse:
    slack = request.app[_SLACK]
    user = _person(slack, request)
    if user is None:
        return web.json_response({"ok": False, "error": "user_not_found"})
    try:
        body = json.loads(await request.text())
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_json"})
    return web.json_response(await act(slack, request.match_info["verb"], user, body))


async def _file(request: web.Request) -> web.StreamResponse:
    return await send_to_page(request.app[_SLACK], request)


# ---------------------------------------------------------------------------- for whoever looks for faults


async def _inspect(request: web.Request) -> web.StreamResponse:
    return await show_exchanges(request.app[_SLACK], request)


async def _forget(request: web.Request) -> web.StreamResponse:
    request.app[_SLACK].inspector.clear()
    return web.json_response({"ok": True})


async def _faults(request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True, "faults": faults_payload(request.app[_SLACK])})


async def _start_fault(request: web.Request) -> web.StreamResponse:
    return await start_fault(request.app[_SLACK], request)


async def _end_faults(request: web.Request) -> web.StreamResponse:
    return end_faults(request.app[_SLACK], request.match_info.get("fault_id"))


def _person(slack: Slack, request: web.Request) -> str | None:
    user_id = request.query.get("as", "")
    return user_id if user_id in {person.id for person in slack.workspace.people} else None


def _host_in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
