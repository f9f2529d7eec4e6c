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
    resumed = evaluate(home, "--resume", stopped)
    assert texts_of(folder / stopped / "record.jsonl") == complete
    assert quality_of(resumed["models"]) == quality_of(whole["models"])


def test_other_options_do_not_resume_it(home: Path, whole: dict[str, Any]) -> None:
    refused = run(home, "--resume", whole["evaluation"], models=["decoder"])
    assert refused.returncode == 1
    assert "was planned otherwise" in " ".join(refused.stderr.split())


def test_another_server_with_the_same_model_comes_to_the_same_table(
    home: Path, models_dir: Path, tmp_path: Path
) -> None:
    """A second generation server stands in for Ollama: the same weights behind OpenAI's API."""
    models = [declared("decoder", kind="chat", source="folder", folder=str(models_dir / "decoder"))]
    with running_child(configuration(models_dir, models), tmp_path / "server.log") as child:
        address = f"{child.wait_until_ready()}/v1"
        own, other = evaluate(home, "--backend", address, models=["decoder"])["models"]
    assert other["model"] == f"decoder @ {address.removeprefix('http://').removesuffix('/v1')}"
    assert quality_of([own | {"model": ""}]) == quality_of([other | {"model": ""}])
    assert other["metrics"]["memory_process_bytes"] is None
    assert other["reasons"]["memory_process_bytes"]


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
