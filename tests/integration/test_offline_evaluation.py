"""`copydesk evaluate` as a command, on real tiny models of three architectures."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from evaluation.offline.measures import NAMES
from tests.commands import COPYDESK, eventually, started
from tests.generation_child import TOKEN, configuration, declared, running_child
from tests.integration.stand_in_ollama import ollama_before
from tests.integration.tiny_models import build_bloom, build_llama, build_t5

pytestmark = pytest.mark.timeout(300)

MODELS = {"decoder": "chat", "bloom": "base", "both": "seq2seq"}
SECONDS = 240
STOP_AFTER = 30
"""Texts: of 25 a model, so that the second model is under way."""
CONFIGURATION = """
[content_types.note]
title = "Note"
example_topic = "x"
prompt = "Write."
min_words = 1
max_words = 12
sampling = { max_new_tokens = 24 }

[routes.default]
models = ["decoder", "bloom", "both"]
reason = "for the test"
"""
TOPICS = 'content_type = "note"\n' + "".join(f'[[topics]]\ntopic = "kite {n}"\n' for n in range(6))


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build_llama(folder / "decoder")
    build_bloom(folder / "bloom")
    build_t5(folder / "both")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    """A folder with a configuration that knows the three models, and topics of its own."""
    home = tmp_path_factory.mktemp("home")
    tables = "".join(
        f'[models.{name}]\nsource = "folder"\nfolder = "{models_dir / name}"\nkind = "{kind}"\n'
        'parameters = 30_000\nlicence = "MIT"\ncommercial_use = true\n'
        for name, kind in MODELS.items()
    )
    (home / "copydesk.toml").write_text(CONFIGURATION + tables)
    (home / "topics.toml").write_text(TOPICS)
    return home


@pytest.fixture(scope="module")
def whole(home: Path) -> dict[str, Any]:
    """An evaluation of all three that nothing stopped."""
    return evaluate(home)


def command(home: Path, *options: str, models: Iterable[str] = MODELS) -> list[str]:
    named = [part for name in models for part in ("--models", name)]
    files = ("--prompts", str(home / "topics.toml"), "--config", str(home / "copydesk.toml"))
    return [*COPYDESK, "evaluate", "--samples", "6", "--json", *named, *files, *options]


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COPYDESK_DATA_DIR": str(home / "data"),
        "COPYDESK_BACKEND_KEY": TOKEN,
        "OMP_NUM_THREADS": "1",
        "HOME": str(home),
    }


def run(home: Path, *options: str, models: Iterable[str] = MODELS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, *options, models=models),
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def evaluate(home: Path, *options: str, models: Iterable[str] = MODELS) -> dict[str, Any]:
    done = run(home, *options, models=models)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def resume(home: Path, stopped: str) -> dict[str, Any]:
    """By its name alone."""
    done = subprocess.run(
        [*COPYDESK, "evaluate", "--resume", stopped, "--json", "--config", str(home / "copydesk.toml")],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_three_architectures_are_measured_and_judged(whole: dict[str, Any]) -> None:
    assert [model["model"] for model in whole["models"]] == list(MODELS)
    for model in whole["models"]:
        assert model["metrics"].keys() >= NAMES
        assert model["metrics"]["success"] == 1, model["model"]
        assert model["n_texts"] == 6
        for measured in ("tokens_per_second_alone", "tokens_per_second_together", "first_token_p50_seconds"):
            assert model["metrics"][measured] > 0
        for observed in ("load_seconds", "memory_process_bytes", "memory_estimate_bytes", "uptime"):
            assert model["metrics"][observed] is not None
        assert model["metrics"]["models_that_fit"] > 1
    assert {line["standing"] for line in whole["standings"]} == {"insufficient"}  # six texts are few
    assert whole["decision"]["leader"] is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_it_ends_with_pictures_and_a_run_in_mlflow(home: Path, whole: dict[str, Any]) -> None:
    from mlflow import MlflowClient

    pictures = home / "data" / "evaluations" / whole["evaluation"] / "figures"
    assert (pictures / "latency.png").read_bytes().startswith(b"\x89PNG")
    client = MlflowClient(tracking_uri=f"sqlite:///{home}/data/mlflow.db")
    experiment = client.get_experiment_by_name("copydesk-evaluations")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if run.info.run_name == whole["evaluation"]]
    assert len(parents) == 1
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parents[0].info.run_id]
    assert {run.info.run_name for run in children} == set(MODELS)
    assert all(len(run.data.metrics) >= 50 for run in children)


async def test_killed_in_the_middle_and_resumed_it_comes_to_the_same_figures(
    home: Path, whole: dict[str, Any]
) -> None:
    folder = home / "data" / "evaluations"
    complete = texts_of(folder / whole["evaluation"] / "record.jsonl")
    before = {each.name for each in folder.iterdir()}
    async with started(*command(home), **environment(home)) as process:
        await eventually(lambda: _begun(folder, before) >= STOP_AFTER, SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
    [stopped] = {each.name for each in folder.iterdir()} - before
    kept = texts_of(folder / stopped / "record.jsonl")
    assert STOP_AFTER <= len(kept) < len(complete)
    resumed = resume(home, stopped)
    assert texts_of(folder / stopped / "record.jsonl") == complete
    assert quality_of(resumed["models"]) == quality_of(whole["models"])
    assert [model["reasons"].keys() for model in resumed["models"]] == [
        model["reasons"].keys() for model in whole["models"]
    ]


def test_a_server_that_nobody_looked_at_before_the_kill_is_looked_at_when_it_is_resumed(
    home: Path, whole: dict[str, Any]
) -> None:
    """All texts had come, and the line about the last model's memory had not."""
    record = home / "data" / "evaluations" / whole["evaluation"] / "record.jsonl"
    copy = record.parents[1] / "unseen" / record.name
    copy.parent.mkdir()
    *lines, last = record.read_text().splitlines(keepends=True)
    assert '"observed"' in last
    copy.write_text("".join(lines))
    assert all(model["metrics"]["memory_process_bytes"] for model in resume(home, "unseen")["models"])


def test_other_options_do_not_resume_it(home: Path, whole: dict[str, Any]) -> None:
    refused = run(home, "--resume", whole["evaluation"], models=["decoder"])
    assert refused.returncode == 1
    assert "was planned otherwise" in " ".join(refused.stderr.split())


def test_ollama_with_the_same_model_comes_to_the_same_table(
    home: Path, models_dir: Path, tmp_path: Path
) -> None:
    """The stand-in calls the model by another name and tells nothing but texts, as Ollama does."""
    models = [declared("decoder", kind="chat", source="folder", folder=str(models_dir / "decoder"))]
    with (
        running_child(configuration(models_dir, models), tmp_path / "server.log") as child,
        ollama_before(child.wait_until_ready(), TOKEN, {"decoder:latest": "decoder"}) as address,
    ):
        found = evaluate(home, "--backend", f"{address}/v1", models=["decoder=decoder:latest"])
    own, other = found["models"]
    assert other["model"] == f"decoder @ {address.removeprefix('http://')}"
    assert other["metrics"]["success"] == 1
    assert quality_of([own | {"model": ""}]) == quality_of([other | {"model": ""}])
    for unknown in ("memory_process_bytes", "memory_driver_bytes", "cost_per_draft_usd", "accelerator_used"):
        assert other["metrics"][unknown] is None
        assert other["reasons"][unknown]
    [compared] = found["differences"]
    assert (compared["difference"], compared["verdict"]) == (0, "undecided")
    assert [one["figure"] for one in found["pace"]] == [
        "latency_seconds", "first_token_seconds", "tokens_per_second",
    ]  # fmt: skip
    assert all(one["a"] == "decoder" and one["low"] < one["ratio"] < one["high"] for one in found["pace"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--models", "none"), "There is no model none"),
        (("--types", "nota"), "nota is not a kind of text. Did you mean note?"),
        (("--types", "marketing"), "There are no topics for marketing"),
        (("--backend", "ftp://x"), "ftp://x is no address of a server"),
        (("--resume", "never"), "cannot be read"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_anything_is_loaded(
    home: Path, options: tuple[str, ...], message: str
) -> None:
    refused = run(home, *options)
    assert refused.returncode == 1
    assert message in " ".join(refused.stderr.split())


def texts_of(record: Path) -> dict[str, str]:
    """The texts of a record that may just be written to, by key."""
    lines = [
        json.loads(line) for line in record.read_text().splitlines(keepends=True)[1:] if line[-1] == "\n"
    ]
    return {line["key"]: line["text"] for line in lines if "key" in line}


def quality_of(models: Iterable[dict[str, Any]]) -> list[tuple[str, str, float]]:
    """What depends on the texts alone."""
    return [
        (model["model"], name, value)
        for model in models
        for name, value in sorted(model["metrics"].items())
        if value is not None and name.startswith(("heuristic", "words", "distinct", "self", "topic", "trunc"))
    ]


def _begun(folder: Path, before: set[str]) -> int:
    """How many texts stand in the record that was not there before."""
    records = [each / "record.jsonl" for each in folder.iterdir() if each.name not in before]
    return sum(len(texts_of(record)) for record in records if record.exists())
