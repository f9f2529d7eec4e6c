"""What is said about reports."""

from datetime import datetime


def counting_report() -> str:
    return "Putting together the week so far. It will appear in this channel."


def report_title(period: str, *, closed: bool) -> str:
    return f"Model ranking, week {period}" if closed else f"Model ranking, week {period} so far"


def report_footer(generated_at: datetime) -> str:
    return (
        f"Computed {generated_at:%Y-%m-%d %H:%M} UTC. How to read it: see “Reading a report” in the README."
    )
