"""`copydesk mlflow`, and `copydesk report --from-mlflow`, as a person uses them."""

import asyncio
import socket
from io import StringIO
from pathlib import Path

import aiohttp
import psutil
import pytest
from rich.console import Console

from bot import tracking
from bot.commands.module import run_module
from bot.commands.reporting import ReportOutput, print_logged_report
from bot.commands.tracking_page import serve_tracking_page, server_environment
from bot.errors import BadInput
from bot.settings import Settings, load_settings
from evaluation.database import Database
from evaluation.report_document import Report
from tests.commands import COPYDESK, all_gone, line_with, started
from tests.reports import report_of

SCORES = {"high": [8, 9, 8, 9, 8, 9] * 3, "low": [3, 4, 3, 4, 3, 4] * 3}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_was_logged_comes_back_the_same(settings: Settings, database: Database) -> None:
    report = report_of(SCORES)
    job = tracking.report_job(settings, database, report)
    run_id = run_module(tracking.MODULE, document=job.model_dump_json()).split('"')[3]
    console = Console(file=StringIO(), width=200)

    print_logged_report(settings, console, run_id, ReportOutput(as_json=True))

    assert isinstance(console.file, StringIO)
    assert Report.from_json(console.file.getvalue()) == report


def test_what_is_no_run_is_refused_with_a_sentence(settings: Settings) -> None:
    for run_id, words in (("../secrets", "no run's id"), ("0" * 32, "nothing was logged there yet")):
        with pytest.raises(BadInput, match=words):
            print_logged_report(settings, Console(file=StringIO()), run_id, ReportOutput())


def test_the_configuration_has_one_digest_whatever_the_secrets(tmp_path: Path, settings: Settings) -> None:
    secret = {"COPYDESK_DATA_DIR": str(tmp_path), "HF_TOKEN": "hf_secret", "COPYDESK_SERVE_TOKEN": "s" * 40}
    with_secrets = load_settings(None, secret, tmp_path)
    (tmp_path / "copydesk.toml").write_text("[report]\nthreshold = 6.5\n", encoding="utf-8")
    other = load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)

    digest = tracking.provenance(settings).configuration
    assert tracking.provenance(with_secrets).configuration == digest
    assert tracking.provenance(other).configuration != digest


def test_every_way_of_asking_is_one_prompt_template(settings: Settings) -> None:
    prompts = tracking.prompt_templates(settings)

    assert len({prompt.version for prompt in prompts}) == len(prompts)
    assert all("{{topic}}" in str(prompt.template) for prompt in prompts)
    assert len(tracking.prompt_templates(settings, ("", "Never use exclamation marks."))) > len(prompts)


def test_the_page_is_not_opened_where_nothing_was_logged(settings: Settings, port: int) -> None:
    with pytest.raises(BadInput, match="Nothing was logged to MLflow yet"):
        serve_tracking_page(settings, port, browse=False)


def test_a_tracking_server_elsewhere_is_named_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {
        "COPYDESK_DATA_DIR": str(tmp_path),
        "MLFLOW_TRACKING_URI": "http://ada:secret@mlflow.example:5000",
    }
    serve_tracking_page(load_settings(None, environ, tmp_path), 5050, browse=False)

    said = capsys.readouterr().out
    assert "http://mlflow.example:5000" in said
    assert "secret" not in said


async def test_a_taken_port_is_named_with_the_remedy(settings: Settings, port: int, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").touch()
    blocker = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)
    try:
        async with started(
            *COPYDESK, "mlflow", "--port", str(port), COPYDESK_DATA_DIR=str(tmp_path)
        ) as process:
            assert process.stderr is not None
            said = (await process.stderr.read()).decode()
            assert await process.wait() == 1
    finally:
        blocker.close()
    assert f"Port {port} is taken" in said
    assert "--port" in said


async def test_the_page_opens_without_the_job_runner_and_leaves_no_process_behind(
    settings: Settings, database: Database, port: int, tmp_path: Path
) -> None:
    job = tracking.report_job(settings, database, report_of({"high": [8, 9]}))
    await asyncio.to_thread(run_module, tracking.MODULE, document=job.model_dump_json())

    async with started(*COPYDESK, "mlflow", "--port", str(port), COPYDESK_DATA_DIR=str(tmp_path)) as process:
        address = (await line_with(process, "http://")).split()[-1]
        family = psutil.Process(process.pid).children(recursive=True)
        page = await _fetch(address)
        commands = [" ".join(each.cmdline()) for each in family]
        process.terminate()
        assert await process.wait() == 0
        await all_gone(family)

    assert address.startswith(f"http://127.0.0.1:{port}/")
    assert "MLflow" in page
    assert len(family) == 2
    assert not any("huey" in command or "jobs" in command for command in commands)


def test_the_server_is_told_so_by_its_environment() -> None:
    told = server_environment({"PATH": "/bin"})

    assert told["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert told["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert told["PATH"] == "/bin"


async def _fetch(address: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return await answer.text()
