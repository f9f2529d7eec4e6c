"""The pictures that figures are compared with: `python -m tests.golden_figures` draws them anew.

Look at every picture before you keep it. They are drawn from a stored report, so that only a change of the
drawing changes them, and kept at the 360 px at which Slack shows them.
"""

from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib import image
from numpy.typing import NDArray

from evaluation.figures.all import draw_all
from evaluation.figures.offline.__main__ import draw_evaluation
from evaluation.figures.style import THEMES
from evaluation.offline.document import Evaluation
from evaluation.report_document import Report
from tests.busy_weeks import busy_report
from tests.evaluations import evaluation_of

FOLDER: Final = Path(__file__).parent / "golden"
REPORT: Final = FOLDER / "report.json"
EVALUATION: Final = FOLDER / "evaluation.json"
OFFLINE: Final = "offline-"
WRITERS: Final = {"starter-rich": (5, 4.0), "starter-plain": (2, 1.2), "qwen3-4b-instruct-2507": (4, 19.0)}
SHRUNK: Final = 3

Pixels = NDArray[np.float64]


def stored_report() -> Report:
    return Report.from_json(REPORT.read_bytes())


def stored_evaluation() -> Evaluation:
    return Evaluation.model_validate_json(EVALUATION.read_bytes())


def shrink(png: bytes) -> Pixels:
    """Means of 3 × 3 pixels, each from 0 to 1."""
    pixels = image.imread(BytesIO(png))[:, :, :3]
    height, width = (size // SHRUNK * SHRUNK for size in pixels.shape[:2])
    blocks = pixels[:height, :width].reshape(height // SHRUNK, SHRUNK, width // SHRUNK, SHRUNK, 3)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float64)


def golden(name: str) -> Pixels:
    return np.asarray(image.imread(FOLDER / f"{name}.png")[:, :, :3], dtype=np.float64)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    report = busy_report()
    REPORT.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    evaluation = evaluation_of(WRITERS)
    EVALUATION.write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for theme in THEMES:
        for prefix, figures in (
            ("", draw_all(report, theme)),
            (OFFLINE, draw_evaluation(evaluation, theme)),
        ):
            for figure in figures:
                path = FOLDER / f"{prefix}{figure.name}-{theme.name}.png"
                image.imsave(path, shrink(figure.png), metadata={"Software": ""})


if __name__ == "__main__":
    main()
