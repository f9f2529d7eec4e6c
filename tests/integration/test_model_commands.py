"""`copydesk models …` as a person runs it: a real process, the hub of loopback, its words and its status."""

import asyncio
import json
import pickle
import signal
from asyncio.subprocess import Process
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.commands import COPYDESK, line_with, started
from tests.integration.stand_in_hub import COMMIT, StandInHub
from tests.integration.test_discovery import entry
from tests.integration.tiny_models import build_llama
from tests.unit.model_files import write_model, write_safetensors

ROOT = Path(__file__).resolve().parents[2]
DECLARATIONS = """
[models.tiny]
source = "hub"
hub_id = "org/tiny"
parameters = 30_000
licence = "MIT"
commercial_use = true

[models.mine]
source = "folder"
folder = "mine"
parameters = 6
licence = "MIT"
commercial_use = true
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and the status it ended with."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Desk:
    """A data folder, a configuration and a hub."""

    folder: Path
    hub: StandInHub

    @property
    def models_dir(self) -> Path:
        return self.folder / "data" / "models"

    def environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "HF_HOME": str(self.folder / "hf"),
            "HF_ENDPOINT": self.hub.address,
            "COPYDESK_DATA_DIR": str(self.folder / "data"),
            "COPYDESK_CONFIG": str(self.folder / "copydesk.toml"),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
        }

    async def run(self, *arguments: str, **environ: str) -> Said:
        async with started(*COPYDESK, "models", *arguments, **(self.environ() | environ)) as process:
            out, err = await process.communicate()
            assert process.returncode is not None
            return Said(process.returncode, out.decode(), err.decode())


@pytest.fixture(scope="module")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = build_llama(tmp_path_factory.mktemp("tiny"))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def desk(tmp_path: Path, tiny_files: dict[str, bytes]) -> Iterator[Desk]:
    (tmp_path / "copydesk.toml").write_text(DECLARATIONS)
    with StandInHub(dict(tiny_files)).serving() as hub:
        yield Desk(tmp_path, hub)


async def test_a_model_is_pulled_verified_and_removed(desk: Desk) -> None:
    pulled = await desk.run("pull", "tiny")
    assert pulled.status == 0, pulled.err
    assert f"org/tiny at {COMMIT[:12]}" in pulled.out
    assert "Licence: MIT (its card says: mit); commercial use is allowed" in pulled.out
    assert f'revision = "{COMMIT}"' in pulled.out
    assert (await desk.run("verify", "tiny")).status == 0
    removed = await desk.run("remove", "tiny", "--yes")
    assert removed.status == 0
    assert "were freed" in removed.out
    assert not (desk.models_dir / "tiny").exists()
    again = await desk.run("remove", "tiny", "--yes")
    assert (again.status, again.err) == (1, "tiny is not on this machine. Nothing was removed.\n")


async def test_fit_counts_exactly_from_a_config_on_the_hub_and_fetches_nothing_else(desk: Desk) -> None:
    wanted = ("--rows", "4", "--context", "1000", "--precision", "int8")
    said = await desk.run("fit", "tiny", *wanted, "--json")
    assert said.status == 0, said.err
    (tiny,) = json.loads(said.out)["models"]
    assert tiny["origin"] == "its config.json on the hub"
    assert tiny["parameters"] == tiny["weights_bytes"] != 30_000
    assert (tiny["rows"], tiny["context_tokens"], tiny["fits"]) == (4, 128, True)
    assert [name for name, _ in desk.hub.ranges] == ["config.json"]
    assert not desk.models_dir.exists()


async def test_fit_without_a_hub_goes_by_what_is_declared_and_says_so(desk: Desk) -> None:
    said = await desk.run("fit", "tiny", "starter-rich", HF_HUB_OFFLINE="1")
    assert said.status == 0
    assert "Counted with what the configuration declares, without the cache: tiny." in said.out
    assert "about 30,000" in said.out
    assert "Guides' ×1.4" in said.out


async def test_a_model_that_cannot_fit_ends_with_a_status_and_the_figures(desk: Desk) -> None:
    config = json.loads(desk.hub.files["config.json"]) | {"num_hidden_layers": 500}
    desk.hub.files["config.json"] = json.dumps(config).encode()
    said = await desk.run("fit", "tiny", "--rows", "60000000")
    assert said.status == 1
    assert "tiny needs about" in said.out


async def test_discover_shows_what_fits_and_declares_it(desk: Desk) -> None:
    desk.hub.listed = [entry("org/tiny", days_ago=0), entry("org/huge", parameters=9_900_000_000_000)]
    desk.hub.listed[0]["lastModified"] = "2999-01-01T00:00:00.000Z"
    found = await desk.run("discover", "--json")
    assert found.status == 0, found.err
    fits = [(each["hub_id"], each["fit"]["fits"]) for each in json.loads(found.out)]
    assert fits == [("org/tiny", True)]
    declared = (await desk.run("discover", "--toml")).out
    (desk.folder / "copydesk.toml").write_text(declared)
    listed = await desk.run("list")
    assert (listed.status, "tiny" in listed.out) == (0, True)


async def test_discover_that_finds_nothing_or_no_hub_says_so(desk: Desk) -> None:
    nothing = await desk.run("discover")
    assert (nothing.status, "no model that meets the criteria" in nothing.out) == (0, True)
    offline = await desk.run("discover", HF_HUB_OFFLINE="1")
    assert (offline.status, "does not answer" in offline.err) == (1, True)


async def test_pickled_weights_wait_for_a_clear_word(desk: Desk, tmp_path: Path) -> None:
    desk.hub.files["pytorch_model.bin"] = pickle.dumps({"weight": print})
    del desk.hub.files["model.safetensors"]
    said = await desk.run("pull", "tiny")
    assert said.status == 1
    assert "only pickled weights" in said.err
    assert "--convert" in said.err
    refused = await desk.run("pull", "tiny", "--convert")
    assert refused.status == 1
    assert "It was not run" in refused.err
    assert not (desk.models_dir / "tiny" / "pytorch_model.bin").exists()


async def test_a_gated_model_names_page_and_setting(desk: Desk) -> None:
    desk.hub.gated, desk.hub.token = True, "hf_right"
    for environ in ({}, {"HF_TOKEN": "hf_wrong"}):
        refused = await desk.run("pull", "tiny", **environ)
        assert refused.status == 1
        assert f"{desk.hub.address}/org/tiny" in refused.err
        assert "HF_TOKEN" in refused.err
    assert "hf_wrong" not in refused.out + refused.err
    assert (await desk.run("pull", "tiny", HF_TOKEN="hf_right")).status == 0


async def test_ctrl_c_keeps_what_has_arrived(desk: Desk) -> None:
    desk.hub.cuts, desk.hub.cut_after_bytes = 10**6, 100
    async with started(*COPYDESK, "models", "pull", "tiny", **desk.environ()) as process:
        await line_with(process, "Read it at")
        process.send_signal(signal.SIGINT)
        out = await rest_of(process)
    assert process.returncode == 130
    assert "What has arrived of tiny is kept" in out
    desk.hub.cuts = 0
    assert (await desk.run("pull", "tiny")).status == 0


async def rest_of(process: Process) -> str:
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    return out.decode()


async def test_verify_finds_a_single_changed_byte(desk: Desk) -> None:
    await desk.run("pull", "tiny")
    weights = desk.models_dir / "tiny" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    said = await desk.run("verify")
    assert said.status == 1
    assert "model.safetensors of tiny is not the file that was pulled" in said.out
    assert "copydesk models remove tiny" in said.out


async def test_verify_refuses_an_architecture_that_nobody_knows(desk: Desk) -> None:
    folder = write_model(desk.folder / "mine")
    (folder / "config.json").write_text('{"model_type": "from-tomorrow"}')
    write_safetensors(folder / "model.safetensors", {"weight": [2, 3]})
    said = await desk.run("verify", "mine", "--json")
    assert said.status == 1
    (verdict,) = json.loads(said.out)
    assert (verdict["whole"], "from-tomorrow" in verdict["detail"]) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["remove", "starter-rich", "--yes"], "ships with Copydesk"),
        (["remove", "mine", "--yes"], "in a folder of yours"),
        (["remove", "tinny"], "Did you mean tiny?"),
        (["verify", "tinny"], "Did you mean tiny?"),
        (["fit", "tinny"], "Did you mean tiny?"),
        (["fit", "--beside", "tinny"], "Did you mean tiny?"),
        (["fit", "tiny", "--precision", "fp4"], "Allowed: auto, float32"),
        (["pull", "mine"], "does not come from the hub"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_what_cannot_be_done_is_a_sentence(desk: Desk, arguments: list[Any], sentence: str) -> None:
    said = await desk.run(*arguments)
    assert said.status == 1
    assert sentence in said.err
    assert "Traceback" not in said.err
