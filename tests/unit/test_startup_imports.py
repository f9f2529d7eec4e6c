"""What is really loaded on the way to "connected", libraries' own imports included."""

import json
import subprocess
import sys
from functools import cache

import pytest

SLOW = ("torch", "mlflow", "matplotlib", "pandas", "transformers", "genai_prices")


@cache
def all_loaded_by(module: str) -> frozenset[str]:
    """The modules of a fresh interpreter that has imported `module`."""
    code = f"import {module}, json, sys; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return frozenset(json.loads(done.stdout))


def loaded_by(module: str) -> set[str]:
    """The same without what stands inside packages."""
    return {name.split(".")[0] for name in all_loaded_by(module)}


@pytest.mark.parametrize("module", ["bot.running", "bot.app", "bot.services", "bot.playground.server"])
def test_connecting_loads_nothing_slow(module: str) -> None:
    assert loaded_by(module).isdisjoint(SLOW)


def test_the_command_line_loads_hardly_anything() -> None:
    assert loaded_by("bot.cli").isdisjoint([*SLOW, "slack_bolt", "sqlalchemy", "aiohttp", "openai", "rich"])


def test_the_statistics_are_loaded_by_the_first_report() -> None:
    assert "scipy.stats" not in all_loaded_by("bot.running")
