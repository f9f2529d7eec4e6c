"""Energy on its way: from a stand-in for macmon on loopback, and from a writer into an answer."""

import json
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest

from generation.energy.declared import DeclaredMeter
from generation.energy.ledger import EnergyLedger
from generation.energy.macmon import STALE_SECONDS, MacmonMeter
from generation.pool import ModelPool
from generation.server import build_app
from generation.text_model import TextModel
from generation.writing import Writer
from tests.one_model_shelf import OneModelShelf
from tests.scripted_model import ScriptedModel
from tests.unit.model_files import spec
from tests.unit.test_scheduling import Seconds

TOKEN = "a-token-for-these-tests-only"
CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4}


class Macmon:
    """Answers `GET /json` as `macmon serve` does. Without `watts` it has no data yet."""

    def __init__(self) -> None:
        self.watts: float | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                reading = {
                    "cpu_power": 5.0,
                    "gpu_power": 10.0,
                    "all_power": 15.0,
                    "sys_power": stand_in.watts,
                }
                is_ready = stand_in.watts is not None and self.path == "/json"
                body = json.dumps(reading if is_ready else {"error": "no data yet"}).encode()
                self.send_response(200 if is_ready else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture
def macmon() -> Iterator[Macmon]:
    stand_in = Macmon()
    thread = Thread(target=lambda: stand_in.server.serve_forever(poll_interval=0.01))
    thread.start()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()
    thread.join()


class TestMacmon:
    def test_power_times_seconds_from_one_reading_to_the_next(self, macmon: Macmon) -> None:
        clock = Seconds()
        meter = MacmonMeter(macmon.port, clock)
        assert (meter.ask(), meter.read()) == (False, None)
        macmon.watts = 40.0
        assert meter.ask()
        clock.now += 1
        macmon.watts = 60.0
        assert meter.ask()
        clock.now += 0.5
        count = meter.read()
        assert count is not None
        assert count.joules == 40.0 + 30.0

    def test_a_pause_is_a_new_beginning_and_not_a_time_without_power(self, macmon: Macmon) -> None:
        clock = Seconds()
        meter = MacmonMeter(macmon.port, clock)
        macmon.watts = 40.0
        meter.ask()
        before = meter.read()
        clock.now += STALE_SECONDS + 1
        assert meter.read() is None
        meter.ask()
        after = meter.read()
        assert before is not None
        assert after is not None
        assert after.beginning != before.beginning

    def test_it_stops_asking_when_closed(self, macmon: Macmon) -> None:
        macmon.watts = 40.0
        meter = MacmonMeter(macmon.port)
        asking = meter.start()
        meter.close()
        asking.join(5)
        assert not asking.is_alive()

    def test_nobody_there_is_unavailable(self) -> None:
        meter = MacmonMeter(1)
        assert (meter.ask(), meter.read()) == (False, None)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """A server with declared watts, whose clock goes on by a second with every step."""
    clock = Seconds()
    model = ScriptedModel(before_step=clock.take(1.0))
    pool: ModelPool[TextModel] = ModelPool([spec("tiny")], OneModelShelf(model))
    writer = Writer(pool, clock=clock, energy=EnergyLedger([DeclaredMeter(10.0, clock)], clock))
    transport = httpx2.ASGITransport(build_app(pool, TOKEN, writer))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://server", headers=headers) as client:
        yield client
    writer.close()


async def test_an_answer_says_what_its_text_took(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/chat/completions", json=CHAT)
    block = answer.json()["copydesk"]
    assert {name: value for name, value in block.items() if name.startswith("energy")} == {
        "energy_joules": pytest.approx(40.0),
        "energy_scope": "declared",
        "energy_method": "declared watts × seconds",
        "energy_shared_by": 1,
        "energy_idle_joules": None,
    }


async def test_the_texts_of_one_answer_share_and_are_summed(client: httpx2.AsyncClient) -> None:
    block = (await client.post("/v1/chat/completions", json=CHAT | {"n": 2})).json()["copydesk"]
    assert block["energy_joules"] == pytest.approx(10.0 * block["busy_seconds"])
    assert block["energy_shared_by"] in (1, 2)


async def test_a_stream_tells_it_with_its_usage(client: httpx2.AsyncClient) -> None:
    stream = CHAT | {"stream": True, "stream_options": {"include_usage": True}}
    answer = await client.post("/v1/chat/completions", json=stream)
    chunks = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    assert chunks[-1]["copydesk"]["energy_joules"] == pytest.approx(40.0)


async def test_metrics_count_it_by_model_and_scope(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/chat/completions", json=CHAT)
    figures = (await client.get("/metrics")).text
    assert 'copydesk_energy_joules_total{model="tiny",scope="declared"} 40' in figures
