import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from evaluation.compliance_score import (
    ANSWER_SCHEMA,
    ComplianceSet,
    Feature,
    main,
    normalise,
    read_compliance_set,
    score,
    wilson,
)

REFERENCE = ComplianceSet(
    (
        Feature("feed", "a feed", frozenset({"dsa", "gdpr"}), needs_geo_logic=True),
        Feature("colour", "a colour", frozenset(), needs_geo_logic=False),
    ),
    {"digital services act": "dsa", "dsa": "dsa", "gdpr": "gdpr"},
)


def answer(*laws: str, geo: bool = True) -> str:
    named = [{"name": law, "article": ""} for law in laws]
    return json.dumps(
        {"jurisdictions": [], "laws": named, "needs_geo_logic": geo, "reasoning": "", "confidence": 1}
    )


def test_a_perfect_answer_scores_one() -> None:
    result = score(REFERENCE, {"feed": answer("The DSA", "GDPR, Article 6"), "colour": answer(geo=False)})
    assert (result.micro_f1.value, result.macro_f1, result.needs_geo_logic.value) == (1, 1, 1)
    assert result.schema_valid.value == 1


def test_wrong_unknown_and_missed_laws_by_hand() -> None:
    result = score(REFERENCE, {"feed": answer("DSA", "Law of the Sea"), "colour": answer("GDPR", geo=True)})
    # Right: the DSA. Wrong: the sea, and the GDPR for the colour. Missed: the GDPR for the feed.
    assert result.micro_f1.value == pytest.approx(2 / 5)
    assert result.precision == pytest.approx(1 / 3)
    assert result.recall == pytest.approx(1 / 2)
    assert result.macro_f1 == pytest.approx((1 + 0) / 2)
    assert result.needs_geo_logic.value == pytest.approx(1 / 2)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"laws": []}'])
def test_invalid_answers_name_nothing(text: str) -> None:
    result = score(REFERENCE, {"feed": text})
    assert result.schema_valid.value == 0
    assert result.recall == 0
    assert result.needs_geo_logic.value == 0


def test_the_interval_holds_the_value_and_is_the_same_every_time() -> None:
    answers = {"feed": answer("DSA"), "colour": answer(geo=False)}
    first, second = score(REFERENCE, answers), score(REFERENCE, answers)
    assert first == second
    assert first.micro_f1.low <= first.micro_f1.value <= first.micro_f1.high


def test_wilson_against_a_published_value() -> None:
    """Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662."""
    share = wilson(81, 263)
    assert [share.low, share.high] == pytest.approx([0.2553, 0.3662], abs=1e-4)


@pytest.mark.parametrize(
    "name", ["Digital Services Act", "the digital services act (DSA)", "DIGITAL SERVICES ACT, Article 28"]
)
def test_names_are_normalised(name: str) -> None:
    assert normalise(name) == "digital services act"


def test_an_unknown_feature_is_an_error() -> None:
    with pytest.raises(ValueError, match="this version"):
        score(REFERENCE, {"other": answer()})


def test_the_shipped_set_is_sound() -> None:
    reference = read_compliance_set()
    laws = set(reference.law_names.values())
    assert len(reference.features) >= 60
    assert len({feature.id for feature in reference.features}) == len(reference.features)
    assert len({feature.description for feature in reference.features}) == len(reference.features)
    assert all(feature.laws <= laws for feature in reference.features)
    assert laws == {law for feature in reference.features for law in feature.laws}
    assert any(not feature.laws for feature in reference.features)


def test_no_name_stands_for_two_laws() -> None:
    table = tomllib.loads(files("evaluation").joinpath("compliance_set.toml").read_text("utf-8"))["laws"]
    names: dict[str, str] = {}
    for law, entry in table.items():
        for name in (entry["name"], *entry["aliases"]):
            assert names.setdefault(normalise(name), law) == law


def test_answers_follow_the_shipped_schema() -> None:
    table = tomllib.loads(files("bot").joinpath("default_copydesk.toml").read_text("utf-8"))
    assert table["content_types"]["compliance"]["json_schema"] == ANSWER_SCHEMA


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(json.dumps({"id": "dark_mode", "answer": answer(geo=False)}) + "\n", "utf-8")
    main(["--answers", str(answers), "--json"])
    assert json.loads(capsys.readouterr().out)["answered"] == 1
