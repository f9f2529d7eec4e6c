"""`copydesk run` and `serve`: what stays until Ctrl-C."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

import typer

from bot.children import generation_child
from bot.commands.interruption import serve_until_interrupted
from bot.logs import LOG_FILE, configure_logging
from bot.run_folder import claimed, write_addresses
from bot.running import Addresses, run_bot
from bot.settings import Settings
from bot.supervisor import ChildSpec, Supervisor
from generation.registry import ModelSpec, PresenceStatus, PromptFormat, find_presence


def run_copydesk(settings: Settings) -> None:
    """The bot with its children. Raises BotError or DatabaseError when it cannot start."""
    with claimed(settings.data_dir):
        configure_logging(settings.log_level, settings.secrets, settings.logs_dir)

        def announce(addresses: Addresses) -> None:
            known = {"page_url": addresses.page_url, "generation_url": addresses.generation_url}
            write_addresses(settings.data_dir, {name: url for name, url in known.items() if url})
            typer.echo(_banner(addresses.page_url, settings.logs_dir / LOG_FILE))

        serve_until_interrupted(lambda stop: run_bot(settings, stop, announce))


def serve_generation(settings: Settings) -> None:
    """The generation server alone, for any client of OpenAI's API on this machine."""
    token = settings.serve_token.get_secret_value() if settings.serve_token else secrets.token_urlsafe(32)
    configure_logging(settings.log_level, [*settings.secrets, token])

    def announce(address: str) -> None:
        typer.echo(_how_to_call(address, token, _example(settings)))

    _serve_child(generation_child(settings, token), announce)


def _serve_child(spec: ChildSpec, announce: Callable[[str], None]) -> None:
    async def serve(stop: asyncio.Event) -> None:
        async with Supervisor() as supervisor:
            announce(await supervisor.watch(spec).address())
            await stop.wait()

    serve_until_interrupted(serve)


def _banner(page_url: str | None, log_file: Path) -> str:
    where = f"open {page_url}" if page_url else "connected to Slack; type /draft in a channel"
    return f"\nCopydesk is ready: {where}\nIts log is {log_file}. Ctrl-C stops it.\n"


def _example(settings: Settings) -> ModelSpec:
    """A model to show the call with: one that is on this machine, if there is any."""
    specs = list(settings.models.values())
    here = (
        spec for spec in specs if find_presence(spec, settings.models_dir).status is PresenceStatus.PRESENT
    )
    return next(here, specs[0])


def _how_to_call(address: str, token: str, model: ModelSpec) -> str:
    """Python to paste. A starter model wants the content type's name as its system message."""
    system = "linkedin_post" if model.prompt_format is PromptFormat.TAGGED else "Write a LinkedIn post."
    return f"""
The generation server is ready: {address}/v1

    from openai import OpenAI

    client = OpenAI(base_url="{address}/v1", api_key="{token}")
    answer = client.chat.completions.create(
        model="{model.name}",
        messages=[
            {{"role": "system", "content": "{system}"}},
            {{"role": "user", "content": "remote onboarding"}},
        ],
    )
    print(answer.choices[0].message.content)

`copydesk models list` says which models are on this machine. Ctrl-C stops it.
"""
