"""Pulling a model from a stand-in hub on loopback, with the faults that real ones have."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from generation.downloads import ConversionStep, News, PullPlan, PullStep, pull
from generation.errors import (
    ConversionRefused,
    DownloadFailed,
    GatedModel,
    HubUnreachable,
    LegacyWeights,
)
from generation.registry import PresenceStatus, find_presence, read_lock
from tests.integration.stand_in_hub import COMMIT, StandInHub
from tests.integration.tiny_models import build_bloom
from tests.unit.model_files import spec, write_model

TINY = spec("tiny", "hub")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """A whole model, and what a repository holds besides."""
    folder = write_model(tmp_path / "original")
    wanted = {path.name: path.read_bytes() for path in folder.iterdir()}
    besides = dict.fromkeys(
        ("pytorch_model.bin", "modeling_tiny.py", "README.md", "onnx/model.safetensors"), b"x"
    )
    return wanted | {"chat_template.jinja": b"{{ 1 }}", "LICENSE": b"MIT"} | besides


@pytest.fixture
def hub(files: dict[str, bytes]) -> Iterator[StandInHub]:
    with StandInHub(files).serving() as hub:
        yield hub


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "models"


def _pull(hub: StandInHub, models_dir: Path, **options: Any) -> list[News]:
    news: list[News] = []
    model = options.pop("model", TINY)
    pauses: list[float] = []
    pull(model, models_dir, news.append, endpoint=hub.address, pause=pauses.append, **options)
    return news


def test_a_pulled_model_is_present_at_its_commit(hub: StandInHub, models_dir: Path) -> None:
    _pull(hub, models_dir)
    presence = find_presence(TINY, models_dir)
    assert (presence.status, presence.revision) == (PresenceStatus.PRESENT, COMMIT)
    lock = read_lock(models_dir / "tiny")
    assert lock is not None
    assert (lock.hub_id, lock.revision, lock.commit) == ("org/tiny", "main", COMMIT)
    assert lock.files["model.safetensors"].size_bytes == len(hub.files["model.safetensors"])


def test_only_what_loading_needs_is_fetched(hub: StandInHub, models_dir: Path) -> None:
    _pull(hub, models_dir)
    assert {path.name for path in (models_dir / "tiny").iterdir()} == {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "chat_template.jinja",
        "LICENSE",
        "copydesk-lock.json",
    }


def test_the_licence_comes_first_and_progress_only_grows(hub: StandInHub, models_dir: Path) -> None:
    hub.card = {"license": "other", "license_name": "tiny-community"}
    plan, *steps = _pull(hub, models_dir)
    assert isinstance(plan, PullPlan)
    assert (plan.declared_licence, plan.hub_licence) == ("MIT", "tiny-community")
    assert plan.licence_page == f"{hub.address}/org/tiny"
    assert plan.commit == COMMIT
    done = [step.done_bytes for step in steps if isinstance(step, PullStep)]
    assert done == sorted(done)
    assert done[-1] == plan.total_bytes


def test_a_broken_connection_is_taken_up_where_it_broke(hub: StandInHub, models_dir: Path) -> None:
    hub.cuts, hub.cut_after_bytes = 3, 40
    _pull(hub, models_dir)
    assert ("model.safetensors", "bytes=40-") in hub.ranges
    assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT


def test_a_pull_that_was_given_up_is_seen_and_goes_on_later(hub: StandInHub, models_dir: Path) -> None:
    class GivenUp(Exception):
        pass

    def give_up(news: News) -> None:
        if isinstance(news, PullStep) and news.file == "model.safetensors":
            raise GivenUp

    hub.cuts, hub.cut_after_bytes = 1, 50
    with pytest.raises(GivenUp):
        pull(TINY, models_dir, give_up, endpoint=hub.address, pause=lambda _: None)
    presence = find_presence(TINY, models_dir)
    assert presence.status is PresenceStatus.DAMAGED
    assert "not complete" in presence.reason
    hub.ranges.clear()
    _pull(hub, models_dir)
    assert dict(hub.ranges)["model.safetensors"] == "bytes=50-"
    assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT


def test_a_hub_that_ignores_ranges_is_put_up_with(hub: StandInHub, models_dir: Path) -> None:
    hub.ignores_ranges = True
    hub.cuts, hub.cut_after_bytes = 1, 40
    _pull(hub, models_dir)
    assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT


def test_a_second_pull_fetches_nothing(hub: StandInHub, models_dir: Path) -> None:
    _pull(hub, models_dir)
    hub.ranges.clear()
    _pull(hub, models_dir)
    assert hub.ranges == []


def test_a_new_commit_replaces_what_changed_and_nothing_else(hub: StandInHub, models_dir: Path) -> None:
    _pull(hub, models_dir)
    hub.ranges.clear()
    hub.commit = COMMIT[::-1]
    hub.files["tokenizer.json"] = b'{"new": 1}'
    del hub.files["chat_template.jinja"]
    _pull(hub, models_dir)
    assert [name for name, _ in hub.ranges] == ["tokenizer.json"]
    assert not (models_dir / "tiny" / "chat_template.jinja").exists()
    assert find_presence(TINY, models_dir).revision == COMMIT[::-1]


def test_right_files_put_there_by_hand_are_kept(hub: StandInHub, models_dir: Path) -> None:
    write_model(models_dir / "tiny")
    (models_dir / "tiny" / "config.json").write_text("{}")
    _pull(hub, models_dir)
    fetched = {name for name, _ in hub.ranges}
    assert "model.safetensors" not in fetched
    assert "config.json" in fetched


def test_spoilt_bytes_are_not_kept(hub: StandInHub, models_dir: Path) -> None:
    for name in ("model.safetensors", "config.json"):
        hub.spoils = name
        with pytest.raises(DownloadFailed, match=f"{name} did not arrive as the hub promised"):
            _pull(hub, models_dir)
        assert not (models_dir / "tiny" / name).exists()
        assert find_presence(TINY, models_dir).status is PresenceStatus.DAMAGED
        hub.spoils = None
        _pull(hub, models_dir)
        (models_dir / "tiny" / "config.json").unlink()


def test_a_gated_model_says_where_the_licence_is_accepted(hub: StandInHub, models_dir: Path) -> None:
    hub.gated, hub.token = True, "hf_right"
    page = "https://example.org/licence"
    gated = spec("tiny", "hub", licence_page=page)
    with pytest.raises(GatedModel, match=rf"{page}.*HF_TOKEN"):
        _pull(hub, models_dir, model=gated, token="hf_wrong")
    plan = _pull(hub, models_dir, model=gated, token="hf_right")[0]
    assert isinstance(plan, PullPlan)
    assert plan.gated


def test_no_network_is_said_and_leaves_no_empty_folder(hub: StandInHub, models_dir: Path) -> None:
    hub.address = "http://127.0.0.1:9"
    with pytest.raises(HubUnreachable, match="Check the network"):
        _pull(hub, models_dir)
    assert find_presence(TINY, models_dir).status is PresenceStatus.MISSING


@pytest.mark.parametrize(
    ("change", "declared", "error", "sentence"),
    [
        ({"hub_id": "org/other"}, {}, DownloadFailed, "shows no model 'org/tiny'"),
        ({}, {"revision": "v9"}, DownloadFailed, "no revision 'v9'"),
        ({"status": 503}, {}, HubUnreachable, "answered 503"),
        ({"files": {"flax_model.msgpack": b"x"}}, {}, DownloadFailed, "no safetensors"),
    ],
)
def test_each_refusal_has_its_sentence(
    hub: StandInHub,
    models_dir: Path,
    change: dict[str, Any],
    declared: dict[str, Any],
    error: type[Exception],
    sentence: str,
) -> None:
    for name, value in change.items():
        setattr(hub, name, value)
    with pytest.raises(error, match=sentence):
        _pull(hub, models_dir, model=spec("tiny", "hub", **declared))


def test_a_model_that_the_disk_has_no_room_for_is_refused_with_the_figures(
    hub: StandInHub, models_dir: Path
) -> None:
    hub.claims_bytes["model.safetensors"] = 10**18
    with pytest.raises(DownloadFailed, match=r"needs 931322574\.6 GiB.*GiB are free.*Free some space"):
        _pull(hub, models_dir)
    assert hub.ranges == []
    assert find_presence(TINY, models_dir).status is PresenceStatus.MISSING


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_disk_that_fills_up_on_the_way_is_said_and_the_pull_goes_on_later(
    hub: StandInHub, models_dir: Path
) -> None:
    _pull(hub, models_dir)
    (models_dir / "tiny" / "model.safetensors").unlink()
    part = models_dir / "tiny" / "model.safetensors.incomplete"
    part.symlink_to("/dev/full")
    with pytest.raises(DownloadFailed, match=r"No space left on device.*is kept.*pull tiny again"):
        _pull(hub, models_dir)
    assert find_presence(TINY, models_dir).status is PresenceStatus.DAMAGED
    part.unlink()
    hub.ranges.clear()
    _pull(hub, models_dir)
    assert [name for name, _ in hub.ranges] == ["model.safetensors"]
    assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT


def test_a_folder_that_cannot_be_made_is_a_sentence(hub: StandInHub, models_dir: Path) -> None:
    models_dir.write_text("a file where the folder should be")
    with pytest.raises(DownloadFailed, match="check who may write there"):
        _pull(hub, models_dir)


def test_only_hub_models_can_be_pulled(hub: StandInHub, models_dir: Path) -> None:
    with pytest.raises(DownloadFailed, match="nothing to pull"):
        _pull(hub, models_dir, model=spec("tiny", "starter"))


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (b'{"model_type": "from-tomorrow"}', "has the architecture from-tomorrow"),
        (b"{}", "does not say what kind of model it is"),
        (b"[", "does not say what kind of model it is"),
    ],
)
def test_a_model_that_could_not_be_loaded_is_refused_before_its_weights_arrive(
    hub: StandInHub, models_dir: Path, config: bytes, sentence: str
) -> None:
    hub.files["config.json"] = config
    with pytest.raises(DownloadFailed, match=f"{sentence}.*No weights were fetched"):
        _pull(hub, models_dir)
    assert [name for name, _ in hub.ranges] == ["config.json"]


def legacy_files(folder: Path) -> dict[str, bytes]:
    """A repository from the time before safetensors."""
    build_bloom(folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def legacy_hub(tmp_path: Path) -> Iterator[StandInHub]:
    with StandInHub(legacy_files(tmp_path / "original")).serving() as hub:
        yield hub


def test_pickled_weights_are_not_fetched_before_the_question(
    legacy_hub: StandInHub, models_dir: Path
) -> None:
    with pytest.raises(LegacyWeights, match=r"only pickled weights.*Nothing was fetched.*--convert"):
        _pull(legacy_hub, models_dir)
    assert legacy_hub.ranges == []
    assert find_presence(TINY, models_dir).status is PresenceStatus.MISSING


def test_converted_weights_take_the_place_of_pickled_ones(legacy_hub: StandInHub, models_dir: Path) -> None:
    plan, *steps = _pull(legacy_hub, models_dir, convert_pickled=True)
    assert isinstance(plan, PullPlan)
    assert plan.converts
    assert steps[-1] == ConversionStep("pytorch_model.bin")
    presence = find_presence(TINY, models_dir)
    assert (presence.status, presence.revision) == (PresenceStatus.PRESENT, COMMIT)
    names = {path.name for path in (models_dir / "tiny").iterdir()}
    assert "model.safetensors" in names
    assert "pytorch_model.bin" not in names
    lock = read_lock(models_dir / "tiny")
    assert lock is not None
    assert "model.safetensors" in lock.files


def test_what_was_converted_is_not_fetched_or_asked_about_again(
    legacy_hub: StandInHub, models_dir: Path
) -> None:
    _pull(legacy_hub, models_dir, convert_pickled=True)
    legacy_hub.ranges.clear()
    _pull(legacy_hub, models_dir)
    assert legacy_hub.ranges == []
    (models_dir / "tiny" / "model.safetensors").unlink()
    with pytest.raises(LegacyWeights):
        _pull(legacy_hub, models_dir)
    _pull(legacy_hub, models_dir, convert_pickled=True)
    assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT


def test_a_pull_that_was_stopped_before_converting_goes_on_there(
    legacy_hub: StandInHub, models_dir: Path
) -> None:
    class Stopped(Exception):
        pass

    def stop(news: News) -> None:
        if isinstance(news, ConversionStep):
            raise Stopped

    with pytest.raises(Stopped):
        pull(TINY, models_dir, stop, endpoint=legacy_hub.address, convert_pickled=True)
    assert find_presence(TINY, models_dir).status is PresenceStatus.DAMAGED
    legacy_hub.ranges.clear()
    _pull(legacy_hub, models_dir, convert_pickled=True)
    assert legacy_hub.ranges == []
    assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT


def test_a_hostile_pickle_is_removed_and_the_model_is_not_present(
    legacy_hub: StandInHub, models_dir: Path
) -> None:
    legacy_hub.files["pytorch_model.bin"] = pickle.dumps({"weight": print})
    with pytest.raises(ConversionRefused, match=r"cannot be used here.*were removed"):
        _pull(legacy_hub, models_dir, convert_pickled=True)
    assert not (models_dir / "tiny" / "pytorch_model.bin").exists()
    assert find_presence(TINY, models_dir).status is PresenceStatus.DAMAGED


def test_a_repository_that_gets_safetensors_later_is_fetched_anew(
    legacy_hub: StandInHub, models_dir: Path, files: dict[str, bytes]
) -> None:
    _pull(legacy_hub, models_dir, convert_pickled=True)
    legacy_hub.files, legacy_hub.commit = files, COMMIT[::-1]
    _pull(legacy_hub, models_dir)
    assert "model.safetensors" in {name for name, _ in legacy_hub.ranges}
    presence = find_presence(TINY, models_dir)
    assert (presence.status, presence.revision) == (PresenceStatus.PRESENT, COMMIT[::-1])
