"""What is said about reports."""

from collections.abc import Mapping
from datetime import datetime

from evaluation.wording import days_in_words

REPORT_CHANGES = "What changed since last week"
REPORT_UNKNOWNS = "What we still can't tell"
REPORT_COSTS = "What it costs"
REPORT_MORE = "Each kind of text, all costs, the picture and the CSV file are in the thread."
CHART_TITLE = "How well each model writes"
CHART_AXIS = "Quality, 1 to 10"
CHART_SERIES = ("Surely above", "Quality", "Surely below")
DETAILS_ONE_KIND = (
    "All ratings so far are of one kind of text, so the ranking above is also that of the kind."
)
DETAILS_COSTS = "All about costs"
DETAILS_CAPTION = "Quality by kind of text and model"
DETAILS_HEADER = ("Kind", "Model", "Quality, 1 to 10", "At this look", "Evidence", "Ratings", "Raters")
EVIDENCE_EXPLAINED = (
    "Audited: at least 20 of its ratings are of drafts that chance picked. "
    "Descriptive: people mostly chose what to rate."
)


def counting_report() -> str:
    return "Putting together the week so far. It will appear in this channel."


def report_title(period: str, *, closed: bool) -> str:
    return f"Model ranking, {days_in_words(period)}" + ("" if closed else ", so far")


def details_heading(period: str) -> str:
    return f"{days_in_words(period)}, kind by kind"


def csv_title(period: str) -> str:
    return f"Model ranking, {days_in_words(period)}, as a table"


def more_rows(n: int) -> str:
    return f"{n} more {'model stands' if n == 1 else 'models stand'} in the CSV file in the thread."


def more_kinds(n: int) -> str:
    return f"{n} more {'kind is' if n == 1 else 'kinds are'} in the report's page (`copydesk report --html`)."


def model_in_kind(model: str, quality: str, interval: str, evidence: str, ratings: int) -> str:
    return f"{model}: {quality} ({interval}), {evidence}, {ratings} {'rating' if ratings == 1 else 'ratings'}"


def chart_labels(shortened: Mapping[str, str]) -> str:
    """`shortened` are the labels that stand in the chart, and what each stands for."""
    return "In the chart: " + ", ".join(f"{label} is {name}" for label, name in shortened.items())


def report_footer(generated_at: datetime) -> str:
    return (
        f"Computed {generated_at:%Y-%m-%d %H:%M} UTC. How to read it: see “Reading a report” in the README."
    )
