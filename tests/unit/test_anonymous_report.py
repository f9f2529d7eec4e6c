"""Where models stay unnamed, every figure stays and no name does."""

from evaluation.anonymous_report import without_model_names
from tests.reports import report_of


def test_names_become_letters_and_figures_stay() -> None:
    report = report_of({"model-b": [8, 9, 8, 9, 8], "model-a": [3, 4, 3, 2, 3]}, closed=True)
    shown = without_model_names(report)
    assert [line.model for line in report.models] == ["model-b", "model-a"]
    assert [line.model for line in shown.models] == ["Model B", "Model A"]
    assert [line.mean_score for line in shown.models] == [line.mean_score for line in report.models]
    assert shown.key == report.key


def test_no_word_of_the_report_names_a_model() -> None:
    report = report_of({"model-b": [8, 9, 8, 9, 8], "model-a": [3, 4, 3, 2, 3]}, closed=True)
    assert "model-b" in report.headline
    assert "model-" not in without_model_names(report).to_json()


def test_a_letter_does_not_depend_on_the_rank() -> None:
    scores = {"x": [3, 4, 3, 2, 3], "y": [8, 9, 8, 9, 8]}
    swapped = {"x": scores["y"], "y": scores["x"]}
    for by_model in (scores, swapped):
        report = report_of(by_model, closed=True)
        letters = dict(zip(report.models, without_model_names(report).models, strict=True))
        assert {line.model: shown.model for line, shown in letters.items()} == {
            "x": "Model A",
            "y": "Model B",
        }


def test_more_models_than_letters_still_differ() -> None:
    report = report_of({f"m{number:02}": [7, 8, 7, 8, 7] for number in range(30)}, closed=True)
    shown = [line.model for line in without_model_names(report).models]
    assert len(set(shown)) == 30
    assert "Model D2" in shown
