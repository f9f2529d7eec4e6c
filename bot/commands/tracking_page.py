"""`copydesk mlflow`: MLflow's own page on what Copydesk logged, on this machine alone."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import typer

from bot.commands.interruption import serve_until_interrupted
from bot.errors import BadInput, ChildFailed
from bot.settings import Settings
from evaluation.tracking.store import artifact_folder, sqlite_file

RUNS_AND_MODELS: Final = "#/experiments?workflowType=machine_learning"
"""MLflow 3.17 begins with what it shows of traces alone, from where no way leads to registered models."""
HOST: Final = "127.0.0.1"
START_SECONDS: Final = 90.0
LOOK_SECONDS: Final = 0.1
END_SECONDS: Final = 5.0


def serve_tracking_page(settings: Settings, port: int, *, browse: bool) -> None:
    """Serves until Ctrl-C; of a tracking server that runs elsewhere only the address is said.

    Raises BadInput where nothing was logged yet or the port is taken, ChildFailed where MLflow fails.
    """
    file = sqlite_file(settings.mlflow_tracking_uri)
    if file is None:
        typer.echo(f"Copydesk logs to a tracking server: open {_without_password(settings)}")
        return
    if not file.exists():
        raise BadInput(
            f"Nothing was logged to MLflow yet: there is no {file}. A closed week is logged with its report, "
            "and `copydesk evaluate` logs what it measures."
        )

    async def serve(stop: asyncio.Event) -> None:
        command = server_command(settings.mlflow_tracking_uri, artifact_folder(file).as_uri(), port)
        async with _running(command, port) as address:
            typer.echo(f"MLflow is ready: open {address}\n\nCtrl-C stops it.")
            if browse:
                await asyncio.to_thread(webbrowser.open, address)
            await stop.wait()

    serve_until_interrupted(serve)


def server_command(tracking_uri: str, artifact_root: str, port: int) -> list[str]:
    """One worker is enough for one team; MLflow's default of four takes as many times the memory."""
    options = {
        "--backend-store-uri": tracking_uri,
        "--default-artifact-root": artifact_root,
        "--host": HOST,
        "--port": str(port),
        "--workers": "1",
    }
    return [sys.executable, "-m", "mlflow", "server", *(word for pair in options.items() for word in pair)]


def server_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without the job runner, which nobody here uses and whose processes take a minute to come up."""
    return {
        **environ,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_LOGGING_LEVEL": "ERROR",
    }


def _without_password(settings: Settings) -> str:
    address = urlsplit(settings.mlflow_tracking_uri)
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()


@asynccontextmanager
async def _running(command: list[str], port: int) -> AsyncIterator[str]:
    """The page's address once it answers; the server and its worker end with the block."""
    await _check_free(port)
    server = await asyncio.create_subprocess_exec(
        *command,
        env=server_environment(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://{HOST}:{port}"
    try:
        await _until_ready(server, address)
        yield f"{address}/{RUNS_AND_MODELS}"
    finally:
        await _end(server)


async def _check_free(port: int) -> None:
    try:
        taken = await asyncio.start_server(lambda _reader, _writer: None, HOST, port)
    except OSError as error:
        raise BadInput(
            f"Port {port} is taken by another program, so MLflow's page was not opened. "
            "Name another one with --port."
        ) from error
    taken.close()
    await taken.wait_closed()


async def _until_ready(server: asyncio.subprocess.Process, address: str) -> None:
    failure = f"MLflow's page did not open within {START_SECONDS:.0f} s. Nothing was changed; try again."
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            while not await _answers(session, address):
                if server.returncode is not None:
                    raise ChildFailed(
                        f"MLflow's server ended with status {server.returncode}; what was logged is as it "
                        "was. A store that a newer MLflow wrote is the usual cause: `copydesk doctor` looks."
                    )
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError as error:
        raise ChildFailed(failure) from error


async def _answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/health") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _end(server: asyncio.subprocess.Process) -> None:
    """MLflow hands SIGTERM on to its worker and waits for it."""
    if server.returncode is not None:
        return
    server.terminate()
    try:
        async with asyncio.timeout(END_SECONDS):
            await server.wait()
    except TimeoutError:
        server.kill()
        await server.wait()
