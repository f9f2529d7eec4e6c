"""What the App Home says."""

from collections.abc import Sequence
from datetime import datetime

from bot.configuration import ReportSettings
from bot.texts.asking import day
from bot.texts.report import EVIDENCE_EXPLAINED
from bot.texts.settings import WEEKDAYS
from evaluation.habits import Habits
from evaluation.wording import days_in_words
from generation.content_types import ContentType

NOTICEABLE = 0.25
AGREES = 0.6
DIFFERS = 0.2
"""Correlations: from the first on people mostly agree, below the second they do not."""

HOME_TODAY = "Today"
HOME_MODELS = "Models"
HOME_SETTINGS = "Settings"
HOME_INTRO = (
    "I write first drafts with models that run on your own machine. You rate them without "
    "knowing who wrote what, and every week the channel sees which model serves you best."
)
HOME_HOW_TO_RATE = (
    "*How to rate*\nUse the thumbs or “Rate 1–10” under a draft: that is private. "
    "Or react with 👍 👎 or 1️⃣ to 🔟: that is visible to everybody. The last one counts."
)
HOME_UNDER_WAY = "Being written"
HOME_DRAFTS = "Your drafts"
HOME_NO_DRAFTS = "You have no drafts yet. Ask for one in any channel:"
HOME_MORE_DRAFTS = "Older ones: `/draft mine`, with a word to look for."
HOME_HABITS = "How you rate"
HOME_HABITS_PRIVATE = "Only you see this. The ranking takes such habits out, so rate as you see it."
NO_SCORES = (
    "You have not scored a draft yet. After a few scores I can tell how your eye compares with the team's."
)
HOME_RANKING = "Which model writes best"
HOME_ROUTES = "Who writes what"
HOME_RANKING_LEGEND = (
    "●  quality from 1 to 10 · ━  where it surely lies, and what decides whether a model is good enough"
)


def home_kind(content_type: ContentType) -> str:
    return f"`/draft {content_type.shortest_name} {content_type.example_topic}`"


def home_numbers(drafts: int, ratings: int) -> str:
    asked = "1 draft" if drafts == 1 else f"{drafts:,} drafts"
    rated = "1 draft" if ratings == 1 else f"{ratings:,}"
    return f"So far you have asked for *{asked}* and rated *{rated}*."


def home_draft(title: str, at: datetime) -> str:
    return f"{title} · {day(at)}"


def others_under_way(n: int) -> str:
    if n == 0:
        return "Nothing is being written right now."
    return f"{n} {'draft is' if n == 1 else 'drafts are'} waiting or being written for others."


def habits_in_words(habits: Habits) -> list[str]:
    """Severity and agreement as sentences; what is missing for them where there are too few scores."""
    if not habits.n_scores:
        return [NO_SCORES]
    if habits.severity is None or habits.severity_ci is None:
        return [_too_few(habits)]
    return [
        _severity(habits.severity, habits.severity_ci, habits.n_shared),
        *([_agreement(habits.agreement)] if habits.agreement is not None else []),
        *([_team(habits.team_range)] if habits.team_range is not None else []),
    ]


def _too_few(habits: Habits) -> str:
    return (
        f"You have scored {_drafts(habits.n_scores)}; others scored {habits.n_shared} of them as well. "
        "From five of those on I can compare."
    )


def ranking_missing(report: ReportSettings) -> str:
    return f"There is no ranking yet. The first one comes {report_due(report)}, once drafts have been rated."


def ranking_of(week: str) -> str:
    return (
        f"From the report of {days_in_words(week)}. It changes once a week, so that ratings stay blind. "
        f"{EVIDENCE_EXPLAINED}"
    )


def ranked_figures(
    quality: str, interval: str, standing: str, ratings: int, raters: int, evidence: str
) -> str:
    said = "1 rating" if ratings == 1 else f"{ratings:,} ratings"
    people = "1 person" if raters == 1 else f"{raters:,} people"
    return f"*{quality}*  ({interval}), {standing}\n{said} by {people}, {evidence}"


def too_few_ratings(names: Sequence[str]) -> str:
    return f"Too few ratings to be ranked: {', '.join(names)}"


def route_line(names: Sequence[str], meant: Sequence[str], reason: str) -> str:
    """`names` write it; where they stand in for those that are meant to, `meant` says for whom."""
    if not names:
        return "No model on this machine can write it; `copydesk models pull` fetches one."
    who = " or ".join(names)
    if not meant:
        return f"{who}: {reason}"
    verb = "stand" if len(names) > 1 else "stands"
    return f"{who} {verb} in; not on this machine: {' and '.join(meant)} ({reason})"


def report_due(report: ReportSettings) -> str:
    return f"on {WEEKDAYS[report.weekday]} at {report.hour}:00 ({report.time_zone})"


def _severity(severity: float, interval: tuple[float, float], n_shared: int) -> str:
    low, high = interval
    on = f"on the {_drafts(n_shared)} that others scored as well"
    points = f"{abs(severity):.1f} {'point' if f'{abs(severity):.1f}' == '1.0' else 'points'}"
    if low <= 0 <= high or abs(severity) < NOTICEABLE:
        side = "above" if severity > 0 else "below"
        return f"*You score about as the others do*: {on}, you are {points} {side} them, which may be chance."
    if severity > 0:
        return f"*You are more generous than the others*: {on}, you give {points} more on average."
    return f"*You are stricter than the others*: {on}, you give {points} less on average."


def _agreement(agreement: float) -> str:
    if agreement >= AGREES:
        return "You mostly agree with them on which drafts are the better ones."
    if agreement >= DIFFERS:
        return "You often agree with them on which drafts are the better ones."
    return "You like other drafts than they do. That is fine: it is why several people rate."


def _team(team_range: tuple[float, float]) -> str:
    low, high = team_range
    return f"In the team, people stand between {_side(low)} and {_side(high)} than the others."


def _side(severity: float) -> str:
    words = "stricter" if severity < 0 else "more generous"
    return f"{abs(severity):.1f} points {words}"


def _drafts(n: int) -> str:
    return "1 draft" if n == 1 else f"{n:,} drafts"
