"""`copydesk analyze` and `copydesk export` as people call them."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from bot.cli import app
from evaluation import store
from evaluation.analysis.document import Analysis
from evaluation.analysis.export import write_files
from evaluation.database import open_database
from evaluation.revisions import upgrade
from evaluation.tables import Draft, DraftEdit, RatingEventKind
from tests.rows import NOON, draft_row, event_row, request_row
from tests.simulations.judgements import Team, draw_judgements

TEAM = Team(n_models=3, n_types=2, scores_per_model=20, n_votes=30)


def copydesk(*arguments: object, data: Path | None = None) -> Result:
    environ = {"COPYDESK_DATA_DIR": str(data or ""), "COPYDESK_DATABASE_URL": ""}
    return CliRunner(env=environ).invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    """--ratings, --drafts and --votes of a small team."""
    _, observations = draw_judgements(TEAM, np.random.default_rng(7))
    ids = tuple(f"d{number}" for number in range(len(observations.drafts)))
    observations = replace(observations, labels=replace(observations.labels, drafts=ids))
    drafts, ratings, votes = write_files(observations, tmp_path)
    return ["--ratings", ratings, "--drafts", drafts, "--votes", votes]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a Copydesk with two rated drafts."""
    folder = tmp_path / "data"
    url = f"sqlite:///{folder / 'copydesk.db'}"
    upgrade(url)
    database = open_database(url)
    with database.transaction() as session:
        for model in ("rich", "plain"):
            request = request_row()
            session.add(request)
            session.flush()
            draft = draft_row(request.id, model_name=model)
            session.add(draft)
            session.flush()
            for rater, score in (("UADA", 8), ("UBEN", 6), ("U1", 9)):
                event = event_row(draft.id, RatingEventKind.SCORE_FORM, rater_id=rater, score=score)
                store.record_rating_event(session, event)
    database.dispose()
    return folder


def test_json_is_the_documented_document(files: list[object]) -> None:
    result = copydesk("analyze", *files, "--json")
    assert result.exit_code == 0
    analysis = Analysis.model_validate_json(result.stdout)
    assert (analysis.n_ratings, analysis.n_votes) == (60, 30)
    assert json.loads(result.stdout)["schema_version"] == 1
    again = copydesk("analyze", *files, "--json")
    assert again.stdout == result.stdout


def test_the_headline_comes_first_in_words(files: list[object]) -> None:
    output = copydesk("analyze", *files).stdout
    assert output.startswith("No model is shown to reach 7; none can be called the best.")
    for words in (
        "60 ratings and 30 votes by 5 people",
        "1st to 3rd",
        "model-0 – model-1",
        "Checks",
        "Warnings",
    ):
        assert words in output
    assert copydesk("analyze", *files, "--threshold", "2").stdout.startswith("Qualified, but not shown")


def test_bad_rows_are_named_on_stderr_and_strict_stops(files: list[object], tmp_path: Path) -> None:
    with (tmp_path / "ratings.csv").open("a") as ratings:
        ratings.write("d1,Ann,12,,,,,\n" * 12)
    result = copydesk("analyze", *files, "--json")
    assert result.exit_code == 0
    assert Analysis.model_validate_json(result.stdout).n_ratings == 60
    assert "ratings.csv, line 62, score: '12' is not from 1 to 10." in result.stderr
    assert "2 more rows" in result.stderr
    stopped = copydesk("analyze", *files, "--strict")
    assert (stopped.exit_code, stopped.stdout) == (1, "")
    assert "line 62" in stopped.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--drafts", "drafts.csv"], "name the ratings, too"),
        (["--ratings", "none.csv"], "none.csv cannot be read: No such file"),
        (["--ratings", "a.csv", "--openwebui", "b.json"], "not both"),
        (["--until", "soon"], "--until soon is no date"),
        ([], "There are no drafts yet"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    result = copydesk("analyze", *arguments, data=tmp_path)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_what_a_statistician_asks_for_is_answered_beside_the_usual_figures(files: list[object]) -> None:
    output = copydesk("analyze", *files, "--incumbent", "model-1", "--finite-sample").stdout
    assert "Mean scores less that of model-1, by Dunnett's test at one look:" in output
    assert "Right at every look for any number of scores" in output
    unknown = copydesk("analyze", *files, "--incumbent", "gpt")
    assert unknown.exit_code == 1
    assert "--incumbent gpt is none of the models: model-0, model-1, model-2." in unknown.stderr
    timeless = copydesk("analyze", *files, "--horizon", "50")
    assert timeless.exit_code == 1
    assert "some scores have no time: fill the column `at`" in timeless.stderr


def test_open_webui(tmp_path: Path) -> None:
    path = tmp_path / "feedbacks.json"
    feedback = {"rating": 1, "model_id": "llama", "sibling_model_ids": ["qwen"]}
    path.write_text(json.dumps([{"id": "f1", "user_id": "u1", "data": feedback, "meta": {}}]))
    result = copydesk("analyze", "--openwebui", path, "--json")
    assert Analysis.model_validate_json(result.stdout).n_votes == 1
    assert "on which side" in result.stderr


def test_the_database_is_exported_and_analysed_the_same(data: Path, tmp_path: Path) -> None:
    exported = copydesk("export", "--to", tmp_path / "out", data=data)
    assert exported.exit_code == 0
    assert "2 drafts, 4 ratings, 0 votes, 0 audit tasks and 0 corrected texts" in exported.stdout
    assert "Left out: 2 judgements of one's own request." in exported.stdout
    written = (tmp_path / "out" / "ratings.csv").read_text()
    assert "UADA" not in written
    assert "rater-01" in written
    out = tmp_path / "out"
    files = ["--ratings", out / "ratings.csv", "--drafts", out / "drafts.csv", "--votes", out / "votes.csv"]
    by_files = Analysis.model_validate_json(copydesk("analyze", *files, "--json").stdout)
    by_database = Analysis.model_validate_json(copydesk("analyze", "--json", data=data).stdout)
    assert by_files.models == by_database.models
    assert by_files.comparisons == by_database.comparisons


@pytest.mark.parametrize("keep", [False, True])
def test_what_people_corrected_is_exported_beside_what_a_model_wrote(
    keep: bool, data: Path, tmp_path: Path
) -> None:
    database = open_database(f"sqlite:///{data / 'copydesk.db'}")
    with database.transaction() as session:
        draft_id = session.exec(select(Draft.id).where(Draft.model_name == "rich")).one()
        for number, (editor, text) in enumerate((("UADA", "=1+1"), ("UADA", 'So:\n"better"'))):
            edit = DraftEdit(
                delivery_key=f"e{number}", draft_id=draft_id, editor_id=editor, text=text, created_at=NOON
            )
            store.record_edit(
                session, edit, store.current_text(session, session.get_one(Draft, draft_id)).edit_id
            )
    database.dispose()
    options = ("--keep-raters",) if keep else ()
    assert "2 corrected texts" in copydesk("export", "--to", tmp_path / "out", *options, data=data).stdout
    with (tmp_path / "out" / "edits.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["corrected"] for row in rows] == ["'=1+1", 'So:\n"better"']
    assert {row["original"] for row in rows} == {"Remote onboarding works."}
    assert rows[0]["at"] == NOON.isoformat()
    (editor,) = {row["editor"] for row in rows}
    assert editor == "UADA" if keep else re.fullmatch("editor-[0-9a-f]{12}", editor)


def test_an_export_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    assert copydesk("export", "--to", tmp_path / "out", "--keep-raters", data=data).exit_code == 0
    assert "UADA" in (tmp_path / "out" / "ratings.csv").read_text()
    again = copydesk("export", "--to", tmp_path / "out", data=data)
    assert again.exit_code == 1
    assert "drafts.csv exists and was left as it is" in again.stderr
    (tmp_path / "file").write_text("mine")
    assert "file exists" in copydesk("export", "--to", tmp_path / "file", data=data).stderr


def test_until_takes_the_day_whole(data: Path) -> None:
    def n_ratings(day: str) -> int:
        return Analysis.model_validate_json(
            copydesk("analyze", "--json", "--until", day, data=data).stdout
        ).n_ratings

    assert (n_ratings("2026-11-20"), n_ratings("2026-11-19")) == (4, 0)


def test_ctrl_c_while_reading_is_no_traceback(tmp_path: Path) -> None:
    """A pipe that nobody writes to keeps the command reading until the signal comes."""
    fifo = tmp_path / "ratings.csv"
    os.mkfifo(fifo)
    command = [sys.executable, "-c", "from bot.cli import main; main()", "analyze", "--ratings", str(fifo)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with process, fifo.open("w"):  # which opens once the command has opened it to read
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. Nothing was written." in messages
    assert "Traceback" not in messages
