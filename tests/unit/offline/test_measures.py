"""The page about offline evaluation lists every metric as the code declares it."""

from pathlib import Path

import evaluation
from evaluation.offline.measures import MEASURES

PAGE = Path(evaluation.__file__).parents[1] / "docs" / "evaluation.md"


def test_the_page_lists_every_metric_with_unit_direction_and_definition() -> None:
    declared = [
        f"| `{measure.name}` | {measure.unit} | {measure.better} | {measure.definition} |"
        for measure in MEASURES
    ]
    listed = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert listed == declared


def test_no_two_metrics_share_a_name() -> None:
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
