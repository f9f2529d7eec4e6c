"""Which models a starting bot has loaded ahead: those that requests will go to."""

from pathlib import Path

import pytest

from bot.children import generation_child, routed_models
from bot.settings import load_settings


def test_on_a_new_machine_models_that_come_with_copydesk(tmp_path: Path) -> None:
    settings = load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)
    routed = routed_models(settings)
    assert routed == list(dict.fromkeys(routed)), "each once"
    assert routed
    assert set(routed) <= {"starter-rich", "starter-plain"}


@pytest.mark.parametrize("warm_start", [True, False])
def test_they_are_loaded_ahead_where_that_is_wanted(warm_start: bool, tmp_path: Path) -> None:
    settings = load_settings(None, {"COPYDESK_DATA_DIR": str(tmp_path)}, tmp_path)
    generation = settings.generation.model_copy(update={"warm_start": warm_start})
    wanted = settings.model_copy(update={"generation": generation})
    spec = generation_child(wanted, "token")
    assert spec.configuration["warm"] == (routed_models(settings) if warm_start else [])
