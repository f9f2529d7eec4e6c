"""`copydesk costs` over a database on disk: words for people, JSON for programs, sentences for neither."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.costing import print_costs
from bot.settings import load_settings
from evaluation.costs.document import CostReport
from evaluation.database import open_database
from evaluation.revisions import upgrade
from tests.costs import AFTER_WEEK, WEEK, add_week

runner = CliRunner()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    return {"COPYDESK_DATA_DIR": str(tmp_path), "COPYDESK_DATABASE_URL": f"sqlite:///{tmp_path}/costs.db"}


@pytest.fixture
async def with_drafts(environment: dict[str, str]) -> dict[str, str]:
    url = environment["COPYDESK_DATABASE_URL"]
    upgrade(url)
    database = open_database(url)
    try:
        await database.run(lambda session: add_week(session, 3))
    finally:
        database.dispose()
    return environment


def printed(environment: dict[str, str], period: str | None, *, as_json: bool = False) -> str:
    settings = load_settings(None, environment, Path(environment["COPYDESK_DATA_DIR"]))
    console = Console(file=StringIO(), width=160)
    print_costs(settings, console, AFTER_WEEK, period, as_json)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_the_three_lines_and_their_words(with_drafts: dict[str, str]) -> None:
    output = printed(with_drafts, WEEK.label)

    for words in ("Marginal energy", "Machine over busy time", "Full ownership", "openai:gpt-6-luna"):
        assert words in output
    assert "genai-prices" in output
    assert "assumed, not your invoice" in " ".join(output.split())


@pytest.mark.parametrize("period", [WEEK.label, "2026-11", "all"])
async def test_json_is_the_report(with_drafts: dict[str, str], period: str) -> None:
    report = CostReport.model_validate_json(printed(with_drafts, period, as_json=True))

    assert (report.period, report.n_drafts) == (period, 21)


async def test_without_a_period_it_is_the_week_so_far(with_drafts: dict[str, str]) -> None:
    nothing = "No drafts were written on this machine in the week from 23 to 29 November 2026."
    assert nothing in " ".join(printed(with_drafts, None).split())


async def test_a_period_that_does_not_exist_is_a_sentence(with_drafts: dict[str, str]) -> None:
    result = runner.invoke(app, ["costs", "--period", "2026-W99"], env=with_drafts)
    assert result.exit_code == 1
    assert "There is no period '2026-W99'." in result.output


def test_without_a_database_there_is_a_sentence(environment: dict[str, str]) -> None:
    result = runner.invoke(app, ["costs"], env=environment)
    assert result.exit_code == 1
    assert "There are no drafts yet" in result.output
