"""People who still rate read every figure, and only the names that cannot tell who wrote what."""

from evaluation.blinding import for_raters
from tests.reports import report_of

SCORES = {"model-b": [8, 9, 8, 9, 8], "model-a": [3, 4, 3, 2, 3]}


def names(by_model: dict[str, list[int]], *, closed: bool, revealed: bool = True) -> dict[str, str]:
    """Which name each model is shown under."""
    report = report_of(by_model, closed=closed)
    shown = for_raters(report, revealed=revealed)
    return {line.model: other.model for line, other in zip(report.models, shown.models, strict=True)}


def test_a_closed_week_names_models_with_enough_ratings_only() -> None:
    assert names({**SCORES, "model-c": [9, 9]}, closed=True) == {
        "model-b": "model-b",
        "model-a": "model-a",
        "model-c": "unnamed 1",
    }


def test_an_open_week_names_nobody_and_its_letters_follow_the_rows() -> None:
    assert names(SCORES, closed=False) == {"model-b": "Model A", "model-a": "Model B"}


def test_where_models_are_never_revealed_letters_do_not_depend_on_the_rank() -> None:
    swapped = {"model-b": SCORES["model-a"], "model-a": SCORES["model-b"]}
    for by_model in (SCORES, swapped):
        shown = names(by_model, closed=True, revealed=False)
        assert shown == {"model-a": "Model A", "model-b": "Model B"}


def test_every_figure_stays() -> None:
    report = report_of(SCORES, closed=True)
    shown = for_raters(report, revealed=False)
    assert shown.key == report.key
    for line, other in zip(report.models, shown.models, strict=True):
        assert other == line.model_copy(update={"model": other.model})


def test_no_word_names_a_model_that_is_not_shown() -> None:
    report = report_of(SCORES, closed=True)
    assert "model-b" in report.headline
    assert "model-" not in for_raters(report, revealed=False).to_json()
    assert "model-" not in for_raters(report_of(SCORES, closed=False), revealed=True).to_json()


def test_more_models_than_letters_still_differ() -> None:
    shown = names({f"m{number:02}": [7, 8, 7, 8, 7] for number in range(30)}, closed=False)
    assert len(set(shown.values())) == 30
    assert "Model D2" in shown.values()
