"""Whether an installed Copydesk would have every file that it reads: what is no Python must be named."""

import tomllib
from glob import glob
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "evaluation", "generation", "migrations")
PACKAGE_DATA: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "setuptools"
]["package-data"]


def packaged(package: str, pattern: str) -> set[Path]:
    """What setuptools finds for one pattern: it uses `glob`, whose ** means more than that of Path.glob."""
    folder = ROOT / package.replace(".", "/")
    found = {folder / name for name in glob(pattern, root_dir=folder, recursive=True)}  # noqa: PTH207
    return {path for path in found if path.is_file()}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_beside_the_modules_is_packaged(package: str) -> None:
    present = {path for path in (ROOT / package).rglob("[!.]*") if path.is_file()}
    ours = {path for path in present if path.suffix != ".py" and "__pycache__" not in path.parts}
    assert ours <= {
        path for name, patterns in PACKAGE_DATA.items() for each in patterns for path in packaged(name, each)
    }


def test_every_pattern_matches_something() -> None:
    matches = {
        (name, each): packaged(name, each) for name, patterns in PACKAGE_DATA.items() for each in patterns
    }
    assert all(matches.values()), matches
