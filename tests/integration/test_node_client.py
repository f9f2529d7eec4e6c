"""OpenAI's official Node client against a real generation server. Skipped where there is no Node."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.generation_child import TOKEN, configuration, declared, running_child
from tests.integration.tiny_models import build_llama

CLIENT = "openai@6.9.1"  # a major version that asks for no particular Node: Debian stable has an old one
INSTALL = "Install Node.js with npm (Debian: apt-get install nodejs npm; macOS: brew install node)"
CONVERSATION = Path(__file__).with_name("conversation.mjs")
NPM_SECONDS, CONVERSATION_SECONDS = 90, 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own, in which the client is installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"There is no Node.js here. {INSTALL}, then run this test again.")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", CLIENT]
    try:
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"`npm install {CLIENT}` took too long. See to the network, then run this test again.")
    if result.returncode:
        last_line = (result.stderr.strip() or "npm said nothing").splitlines()[-1]
        pytest.skip(f"`npm install {CLIENT}` failed ({last_line}). See to the network or npm's registry.")
    return folder


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    models_dir = tmp_path_factory.mktemp("models")
    build_llama(models_dir / "llama")
    build_llama(models_dir / "endless", ends=False, max_position_embeddings=200_000)
    settings = configuration(models_dir, [declared("llama"), declared("endless")])
    with running_child(settings, models_dir / "stderr.log") as child:
        yield child.wait_until_ready()


@pytest.fixture(scope="module")
def seen(folder: Path, address: str) -> dict[str, Any]:
    """What the client saw in one conversation."""
    script = folder / CONVERSATION.name
    shutil.copyfile(CONVERSATION, script)
    result = subprocess.run(
        [str(shutil.which("node")), str(script), address, TOKEN],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=CONVERSATION_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_it_reads_models_and_texts(seen: dict[str, Any]) -> None:
    assert seen["models"] == ["llama", "endless"]
    assert seen["model"] == "present"
    assert seen["text"]
    assert seen["usage"]["completion_tokens"] == 12
    assert seen["completion"] == ["text_completion", 4]


def test_it_streams_the_same_text_with_the_same_usage(seen: dict[str, Any]) -> None:
    assert seen["streamed"] == seen["text"]
    assert seen["streamedUsage"] == seen["usage"]


def test_it_gets_several_texts_whose_seeds_follow_each_other(seen: dict[str, Any]) -> None:
    assert len(set(seen["several"])) == 2
    assert seen["several"][1] == seen["again"]


def test_errors_are_its_own_exceptions(seen: dict[str, Any]) -> None:
    assert seen["errors"] == {
        "unknown": ["NotFoundError", 404, "model_not_found", "model"],
        "invalid": ["BadRequestError", 400, "invalid_value", "n"],
        "stranger": ["AuthenticationError", 401, "invalid_api_key", None],
    }


def test_a_stream_that_it_leaves_keeps_nobody_waiting(seen: dict[str, Any]) -> None:
    assert seen["afterwards"] == seen["text"]
