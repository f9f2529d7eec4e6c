"""What `copydesk models list` says of each model."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.commands.listing import ListedModel, format_parameters, list_models, print_models
from bot.settings import Settings, load_settings
from tests.unit.model_files import write_model

OWN = """
[models.ours]
source = "folder"
folder = "ours"
parameters = 6
licence = "ours"
commercial_use = true

[models.elsewhere]
source = "remote"
backend = "openai"
address = "http://127.0.0.1:11434/v1"
parameters = 7_000_000_000
licence = "Apache-2.0"
commercial_use = true

[routes.marketing]
models = ["ours", "elsewhere"]
substitutes = []
reason = "ours know the product"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_model(tmp_path / "ours")
    (tmp_path / "copydesk.toml").write_text(OWN)
    return load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path / "data")}, tmp_path)


def listed(settings: Settings) -> dict[str, ListedModel]:
    return {model.spec.name: model for model in list_models(settings)}


def printed(settings: Settings, *, as_json: bool = False) -> str:
    output = StringIO()
    print_models(settings, Console(width=160, file=output), as_json=as_json)
    return output.getvalue()


def test_each_model_knows_the_kinds_that_are_routed_to_it(settings: Settings) -> None:
    models = listed(settings)
    assert models["ours"].writes == models["elsewhere"].writes == ("marketing",)
    assert models["gemma-3-4b-it"].writes == ("linkedin_post",)
    assert "marketing" not in models["qwen3-4b-instruct"].writes
    assert "marketing" not in models["starter-rich"].stands_in_for
    assert models["phi-2"].writes == models["phi-2"].stands_in_for == ()


def test_those_that_write_come_first(settings: Settings) -> None:
    uses = [(not model.writes, not model.stands_in_for) for model in list_models(settings)]
    assert uses == sorted(uses)


def test_the_table_says_where_a_model_is_and_what_its_licence_allows(settings: Settings) -> None:
    rows = [line for line in printed(settings).splitlines() if line.startswith("│")]
    lines = {row.split("│")[1].strip(): row for row in rows}
    assert "yes, " in lines["ours"]
    assert "marketing" in lines["ours"]
    assert "at http://127.0.0.1:11434/v1" in lines["elsewhere"]
    assert "no, about 8.0 GB" in lines["qwen3-4b-instruct"]
    assert "NO" in lines["opt-2-7b"]
    assert "base" in lines["opt-2-7b"]
    assert "nothing" in lines["opt-2-7b"]
    assert "(accept it" in lines["gemma-3-4b-it"]


def test_only_absent_models_that_should_write_ask_to_be_pulled(settings: Settings) -> None:
    output = printed(settings)
    assert "copydesk models pull qwen3-4b-instruct" in output
    assert "copydesk models pull phi-2" not in output


def test_json_has_every_figure(settings: Settings) -> None:
    figures: list[dict[str, Any]] = json.loads(printed(settings, as_json=True))
    by_name = {model["name"]: model for model in figures}
    assert by_name.keys() == settings.models.keys()
    assert by_name["ours"]["status"] == "present"
    assert by_name["ours"]["found_revision"].startswith("folder-")
    assert by_name["ours"]["writes"] == ["marketing"]
    assert by_name["opt-2-7b"]["commercial_use"] is False
    assert by_name["opt-2-7b"]["licence_page"].startswith("https://")


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [(2_361_024, "2.4 M"), (559_214_592, "559 M"), (1_100_048_384, "1.1 B"), (8_030_261_248, "8.0 B")],
)
def test_parameters_are_shown_as_models_are_called(parameters: int, shown: str) -> None:
    assert format_parameters(parameters) == shown
