"""How every figure looks: one width, one type size, two themes.

The hues of the marks are told apart with any colour vision (Okabe and Ito 2008), and by lightness alone;
the diverging scale runs from orange to blue, which nobody mixes up.
"""

from dataclasses import dataclass
from typing import Final

# Slack shows a picture about 360 px wide. At 4.5 inches that is 80 px an inch, so 10 points
# come to 11 px, about the smallest size that is read without effort.
WIDTH_INCHES: Final = 4.5
MARGIN_INCHES: Final = 0.25
LINE_INCHES: Final = 0.19
DOTS_PER_INCH: Final = 240
TEXT_POINTS: Final = 10
TITLE_POINTS: Final = 12.5
LINE_CHARACTERS: Final = 54
MOST_LINES: Final = 5


@dataclass(frozen=True)
class Theme:
    """Colours of one background. `better` marks a claim, `plain` everything else.

    `series` tell up to eight things apart; `low`, `middle` and `high` are the ends and the middle of a
    diverging scale.
    """

    name: str
    card: str
    ink: str
    faint_ink: str
    grid: str
    better: str
    plain: str
    series: tuple[str, ...]
    low: str
    middle: str
    high: str


LIGHT: Final = Theme(
    name="light",
    card="#fbfaf7",
    ink="#1d1c1d",
    faint_ink="#5c5a57",
    grid="#dcd8d0",
    better="#0072b2",
    plain="#55606e",
    series=("#0072b2", "#d55e00", "#009e73", "#a85588", "#7a6a00", "#3a8fc4", "#55606e", "#b8860b"),
    low="#d55e00",
    middle="#f3f0ea",
    high="#0072b2",
)
DARK: Final = Theme(
    name="dark",
    card="#1f2124",
    ink="#f2f0ec",
    faint_ink="#b5b2ac",
    grid="#3d4045",
    better="#56b4e9",
    plain="#a9b1bc",
    series=("#56b4e9", "#e69f00", "#2fc79b", "#e08fc0", "#f0e442", "#a5d3f2", "#a9b1bc", "#d9a441"),
    low="#c8641b",
    middle="#33363b",
    high="#2b86c5",
)
THEMES: Final = (LIGHT, DARK)
