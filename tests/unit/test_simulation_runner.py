"""`make simulations` finds every study, each with a full size of its own."""

from pathlib import Path

import pytest

from tests.simulations.__main__ import find_studies, full_size, run_study


def test_every_module_has_a_study_with_a_size() -> None:
    studies = find_studies()
    modules = (Path(__file__).parents[1] / "simulations").glob("test_*.py")
    assert set(studies) == {path.stem.removeprefix("test_") for path in modules}
    assert all(full_size(study) > 0 for study in studies.values())


def test_studies_can_be_named() -> None:
    assert list(find_studies(["joint", "davidson"])) == ["joint", "davidson"]
    with pytest.raises(KeyError, match="elo"):
        find_studies(["elo"])


def test_a_study_is_a_section_with_its_size_and_seconds() -> None:
    section = run_study("mixed_model", share=0.001)
    assert section.startswith("## Mixed model\n\n|")
    assert "5 replicates, " in section
