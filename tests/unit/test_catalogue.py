"""The models and presets that ship: facts that hold together, and routes as the field guides have them."""

import random
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.settings import Settings, load_settings
from generation.catalogue import model_tables, preset_tables
from generation.footprint import weights_bytes
from generation.registry import ModelKind, ModelSource, ModelSpec, PromptFormat, find_presence
from generation.routing import RouteRule, choose_route
from tests.unit.test_startup_imports import SLOW, loaded_by

MODELS = {name: ModelSpec.model_validate({**table, "name": name}) for name, table in model_tables().items()}
HUB = {name: spec for name, spec in MODELS.items() if spec.source is ModelSource.HUB}
STARTERS = ("starter-rich", "starter-plain")


def settings_with(tmp_path: Path, toml: str) -> Settings:
    (tmp_path / "copydesk.toml").write_text(toml)
    return load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path / "data")}, tmp_path)


def test_the_catalogue_is_read_without_torch() -> None:
    assert loaded_by("generation.catalogue").isdisjoint(SLOW)
    assert loaded_by("bot.settings").isdisjoint(SLOW)


@pytest.mark.parametrize(
    ("hub_id", "kind"),
    [
        ("bigscience/bloom-560m", "base"),
        ("bigscience/bloom-1b7", "base"),
        ("facebook/opt-1.3b", "base"),
        ("facebook/opt-2.7b", "base"),
        ("EleutherAI/gpt-neo-1.3B", "base"),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "chat"),
        ("microsoft/DialoGPT-medium", "base"),
        ("microsoft/DialoGPT-large", "base"),
        ("google/flan-t5-large", "seq2seq"),
        ("microsoft/GODEL-v1_1-large-seq2seq", "seq2seq"),
        ("Qwen/Qwen1.5-1.8B-Chat", "chat"),
        ("Qwen/Qwen1.5-4B-Chat", "chat"),
        ("Qwen/Qwen2.5-3B-Instruct", "chat"),
        ("meta-llama/Llama-3.2-3B-Instruct", "chat"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "chat"),
        ("meta-llama/Llama-2-7b-chat-hf", "chat"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "chat"),
        ("microsoft/phi-2", "base"),
        ("microsoft/Phi-3.5-mini-instruct", "chat"),
    ],
)
def test_every_model_that_the_field_guides_name_is_there(hub_id: str, kind: str) -> None:
    [found] = [spec for spec in HUB.values() if spec.hub_id == hub_id]
    assert found.kind is ModelKind(kind)


def test_what_the_field_guides_have_wrong_is_corrected() -> None:
    assert MODELS["dialogpt-medium"].parameters < 400_000_000
    hub_ids = " ".join(spec.hub_id or "" for spec in HUB.values())
    assert not any(unheard_of in hub_ids for unheard_of in ("Qwen1.5-3B", "Mistral-3B"))
    assert MODELS["llama-2-7b-chat"].licence != "Apache-2.0"
    forbidden = {name for name, spec in MODELS.items() if not spec.commercial_use}
    assert forbidden == {
        "opt-1-3b",
        "opt-2-7b",
        "qwen1-5-1-8b-chat",
        "qwen1-5-4b-chat",
        "qwen2-5-3b-instruct",
    }


@pytest.mark.parametrize(
    ("name", "gibibytes"),
    [
        ("bloom-560m", 1.04),
        ("tinyllama-1-1b-chat", 2.05),
        ("opt-2-7b", 4.94),
        ("llama-3-2-3b-instruct", 5.98),
        ("phi-3-5-mini-instruct", 7.12),
        ("mistral-7b-instruct", 13.50),
    ],
)
def test_parameters_are_exact_enough_for_a_memory_plan(name: str, gibibytes: float) -> None:
    assert round(weights_bytes(MODELS[name].parameters, "bfloat16") / 2**30, 2) == gibibytes


@pytest.mark.parametrize("spec", HUB.values(), ids=HUB)
def test_the_facts_of_a_hub_model_hold_together(spec: ModelSpec) -> None:
    assert spec.revision is None or re.fullmatch(r"[0-9a-f]{40}", spec.revision)
    assert spec.architecture
    assert spec.context_tokens
    assert spec.licence_page
    assert spec.licence_page.startswith("https://")
    assert spec.prompt_format is PromptFormat.INSTRUCT
    assert (spec.kind is ModelKind.SEQ2SEQ) == (spec.architecture == "t5")
    assert spec.gated == spec.licence.startswith(("Llama", "Gemma"))
    assert spec.commercial_use == ("Research" not in spec.licence and not spec.licence.startswith("OPT"))
    assert (spec.repetition_penalty > 1) == (spec.kind is ModelKind.BASE)


def test_no_model_is_declared_twice() -> None:
    hub_ids = [spec.hub_id for spec in HUB.values()]
    assert len(set(hub_ids)) == len(hub_ids)


@pytest.mark.parametrize("preset", preset_tables())
def test_a_preset_names_what_exists_and_ends_with_the_starters(preset: str, tmp_path: Path) -> None:
    settings = settings_with(tmp_path, f'[routing]\npreset = "{preset}"')
    assert settings.routes.keys() == preset_tables()[preset].keys()
    for rule in settings.routes.values():
        assert rule.substitutes[-2:] == STARTERS


@pytest.mark.parametrize(
    ("preset", "writers"),
    [
        (
            "field-guide-business",
            {
                "linkedin_post": "bloom-560m",
                "marketing": "bloom-560m",
                "technical_article": "gpt-neo-1-3b",
                "quick_social": "dialogpt-medium",
                "client_email": "tinyllama-1-1b-chat",
                "compliance": "tinyllama-1-1b-chat",
            },
        ),
        (
            "field-guide-interview",
            {
                "linkedin_post": "opt-2-7b",
                "technical_article": "gpt-neo-1-3b",
                "quick_social": "dialogpt-medium",
                "client_email": "opt-2-7b",
                "marketing": "opt-2-7b",
                "compliance": "opt-2-7b",
            },
        ),
        ("default", dict.fromkeys(("linkedin_post", "client_email", "compliance"), "qwen3-4b-instruct")),
    ],
)
def test_presets_route_as_their_guides_say(preset: str, writers: Mapping[str, str], tmp_path: Path) -> None:
    routes = settings_with(tmp_path, f'[routing]\npreset = "{preset}"').routes
    assert {kind: routes.get(kind, routes["default"]).models[0] for kind in writers} == writers


@pytest.mark.parametrize("preset", preset_tables())
def test_without_any_hub_model_the_starters_write_everything(preset: str, tmp_path: Path) -> None:
    settings = settings_with(tmp_path, f'[routing]\npreset = "{preset}"')
    presence = {
        name: find_presence(spec, settings.models_dir, hub_cache=tmp_path / "cache")
        for name, spec in settings.models.items()
    }
    for kind in settings.content_types.values():
        route = choose_route(kind, settings.routes, settings.models, presence, random.Random(1))
        assert route.model.name in STARTERS
        assert route.propensity == 0.5
        assert route.substitute_for is not None


def test_an_own_rule_replaces_one_of_the_preset(tmp_path: Path) -> None:
    settings = settings_with(
        tmp_path,
        '[routing]\npreset = "field-guide-business"\n'
        '[routes.marketing]\nmodels = ["phi-2"]\nreason = "ours"\n'
        '[routes.compliance]\nmodels = ["phi-2"]\nreason = "ours"',
    )
    assert settings.routes["marketing"].models == ("phi-2",)
    assert settings.routes["compliance"] == RouteRule(models=("phi-2",), reason="ours")
    assert settings.routes["linkedin_post"].models == ("bloom-560m",)


def test_an_own_default_serves_every_kind_without_an_own_rule(tmp_path: Path) -> None:
    settings = settings_with(
        tmp_path,
        '[routes.default]\nmodels = ["phi-2"]\n[routes.marketing]\nsubstitutes = []',
    )
    assert settings.routes.keys() == {"default", "marketing"}
    assert settings.routes["default"].models == ("phi-2",)
    assert settings.routes["marketing"].models == ("qwen3-4b-instruct", "gemma-3-4b-it")


def test_a_table_changes_single_facts_of_a_known_model(tmp_path: Path) -> None:
    model = settings_with(tmp_path, "[models.phi-2]\npinned = true\nprecision = 'int8'").models["phi-2"]
    assert model == MODELS["phi-2"].model_copy(update={"pinned": True, "precision": model.precision})
    assert model.precision == "int8"
