"""What is said about drafts that chance picked for a rater."""

AUDIT_INTRO = "Chance picked them for you, and nobody's opinion is shown. Such ratings tell us the most."
AUDIT_RATE_BUTTON = "Rate"
AUDIT_SKIP_BUTTON = "Skip"
AUDIT_SETTINGS_BUTTON = "When to ask me"
AUDIT_NOTHING_WAITS = "No draft is waiting for your rating. New ones come by themselves."
AUDIT_IS_OFF = "You are not asked to rate drafts. You can still rate whatever you like in the channels."
AUDIT_UP_TO_DATE = "Drafts waiting for your rating"
AUDIT_TASK_IS_GONE = (
    "This draft no longer waits for you: it was rated, skipped or deleted. Nothing was changed."
)

SKIP_TITLE = "Skip this draft"
SKIP_LABEL = "Why?"
SKIP_REASONS = {
    "no_time": "No time",
    "not_my_subject": "I can't judge the subject",
    "not_my_language": "I can't judge the language",
    "seen_before": "I know this text already",
    "offensive": "I don't want to read it",
    "other": "Something else",
}
SKIP_SUBMIT = "Skip"
SKIP_HINT = "It won't be asked again, and another draft takes its place."

PREFERENCES_TITLE = "When to ask me"
PREFERENCES_LABEL = "Ask me to rate drafts that chance picked"
PREFERENCES_HOME = "In the Home tab"
PREFERENCES_MESSAGE = "By direct message, too"
PREFERENCES_HOUR = "Direct message at"
PREFERENCES_OFTEN = "At most"
PREFERENCES_TIMES = {
    1: "once a week",
    2: "twice a week",
    3: "3 times a week",
    4: "4 times a week",
    5: "5 times a week",
    6: "6 times a week",
    7: "every day",
}
PREFERENCES_SUBMIT = "Save"
PREFERENCES_MESSAGE_NEEDS_HOME = "Direct messages tell of drafts in the Home tab. Tick that one, too."


def audits_waiting(count: int) -> str:
    return f"{count} {'draft' if count == 1 else 'drafts'} waiting for your rating"


def audit_task(label: str, kind: str) -> str:
    return f"*{label}* · {kind}"


def preferences_hour_hint(time_zone: str) -> str:
    return f"In your time zone, {time_zone}. Nothing is sent when no draft waits."


def hour_of_day(hour: int) -> str:
    return f"{hour:02d}:00"
