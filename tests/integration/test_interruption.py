"""Ctrl-C on the real command: it ends, in time, and nothing that it started is left."""

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from bot.run_folder import RUN_FILE, claimed
from tests.commands import COPYDESK, all_gone, line_with, started

PARENT_THAT_IGNORES = """
import asyncio
from bot.commands.interruption import serve_until_interrupted
from bot.supervisor import ChildSpec, Supervisor
import sys

async def serve(stop):
    configuration = {"port": 0, "behaviour": "deaf", "lives": None}
    async with Supervisor() as supervisor:
        await supervisor.watch(ChildSpec("child", (sys.executable, sys.argv[1]), configuration)).address()
        print("up", flush=True)
        await stop.wait()
        print("stopping", flush=True)

serve_until_interrupted(serve)
"""


@pytest.mark.parametrize(
    ("command", "number", "children"), [("run", signal.SIGINT, 2), ("playground", signal.SIGTERM, 1)]
)
async def test_one_signal_ends_everything_with_success(
    tmp_path: Path, command: str, number: signal.Signals, children: int
) -> None:
    environ = {"COPYDESK_DATA_DIR": str(tmp_path), "COPYDESK_PLAYGROUND_PORT": "0"}
    async with started(*COPYDESK, command, **environ) as process:
        page_url = (await line_with(process, "ready: open")).split()[-1]
        async with aiohttp.ClientSession() as session, session.get(page_url) as page:
            assert page.status == 200
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) == children
        process.send_signal(number)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    await all_gone(family)
    assert not (tmp_path / RUN_FILE).exists()


async def test_a_second_run_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    command = (*COPYDESK, "run")
    with claimed(tmp_path):
        async with started(*command, COPYDESK_DATA_DIR=str(tmp_path)) as process:
            _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith(f"Copydesk already runs on {tmp_path}")


async def test_a_port_in_use_is_a_sentence_that_names_the_setting(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    command = (*COPYDESK, "playground")
    environ = {"COPYDESK_DATA_DIR": str(tmp_path), "COPYDESK_PLAYGROUND_PORT": str(port)}
    async with server, started(*command, **environ) as process:
        _, errors = await process.communicate()
    assert process.returncode == 1
    sentence = errors.decode().splitlines()[-1]
    assert str(port) in sentence
    assert "port" in sentence.lower()
    assert "copydesk.toml" in sentence


async def test_a_second_ctrl_c_ends_even_a_deaf_child_at_once() -> None:
    child = Path(__file__).with_name("scripted_child.py")
    async with started(sys.executable, "-c", PARENT_THAT_IGNORES, str(child)) as process:
        await line_with(process, "up")
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) == 2
        process.send_signal(signal.SIGINT)
        await line_with(process, "stopping")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(5):
            assert await process.wait() == 130
    await all_gone(family)
