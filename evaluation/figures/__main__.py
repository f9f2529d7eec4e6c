"""Report JSON on standard input, the picture of the ranking on standard output.

`python -m evaluation.figures FOLDER` writes every figure into a folder instead, light and dark, each with
its data as CSV.
"""

import sys
from pathlib import Path

from evaluation.errors import InvalidReport
from evaluation.figures.all import draw_all, write_figures
from evaluation.figures.ranking import draw_ranking
from evaluation.report_document import Report


def main(arguments: list[str]) -> int:
    """1 and a sentence where standard input holds no report."""
    try:
        report = Report.from_json(sys.stdin.buffer.read())
    except InvalidReport as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if arguments:
        write_figures(draw_all(report), Path(arguments[0]))
    else:
        sys.stdout.buffer.write(draw_ranking(report).png)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
