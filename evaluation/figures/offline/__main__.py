"""Evaluation JSON on standard input, pictures with their data in a folder; the folder's files are named.

python -m evaluation.figures.offline FOLDER
"""

import sys
from pathlib import Path

from matplotlib import style
from pydantic import ValidationError

from evaluation.figures.all import write_figures
from evaluation.figures.card import DrawnFigure
from evaluation.figures.offline.costs import draw_offline_costs
from evaluation.figures.offline.latency import draw_offline_latency
from evaluation.figures.offline.quality import draw_offline_quality
from evaluation.figures.style import LIGHT, Theme
from evaluation.offline.document import Evaluation
from evaluation.report_document import describe_first_fault


def main(arguments: list[str]) -> int:
    """1 and a sentence where standard input holds no evaluation, or the folder cannot be written."""
    try:
        evaluation = Evaluation.model_validate_json(sys.stdin.buffer.read())
        write_figures(draw_evaluation(evaluation), Path(arguments[0]))
    except ValidationError as error:
        sys.stderr.write(f"This is not an evaluation: {describe_first_fault(error)}.\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def draw_evaluation(evaluation: Evaluation, theme: Theme = LIGHT) -> tuple[DrawnFigure, ...]:
    """Those that have something to show. A matplotlibrc of this machine's user changes nothing."""
    with style.context("default"):
        drawn = (
            draw_offline_quality(evaluation, theme),
            draw_offline_latency(evaluation, theme),
            draw_offline_costs(evaluation, theme),
        )
    return tuple(figure for figure in drawn if figure is not None)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
