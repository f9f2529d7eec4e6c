"""What is said about settings that editors change in Slack."""

from collections.abc import Sequence
from datetime import datetime

from bot.configuration import ReportSettings, Reveal
from bot.texts.asking import day
from generation.content_types import ContentType

SETTINGS_REVEAL = "When raters learn who wrote a draft"
SETTINGS_REPORT = "Weekly report"
SETTINGS_STYLE = "House style"
SETTINGS_KINDS = "Kinds of text"
SETTINGS_NEW_KIND = "New kind"
SETTINGS_CHANGE = "Change"
SETTINGS_BACK = "Undo"
SETTINGS_BACK_TITLE = "Back to copydesk.toml?"
SETTINGS_BACK_TEXT = (
    "What was set here in Slack no longer holds; what copydesk.toml says does, from the next request on."
)
SETTINGS_BACK_YES = "Go back"
SETTINGS_BACK_NO = "Keep it"
SETTINGS_SAVE = "Save"
SETTINGS_CHANGE_KIND = "Change the kind"
SETTINGS_CHANGE_ROUTE = "Change who writes it"
SETTINGS_BACK_KIND = "Undo the change of the kind"
SETTINGS_REMOVE_KIND = "Remove the kind"
SETTINGS_BACK_ROUTE = "Undo the change of who writes it"
SETTINGS_ROUTES_HIDDEN = (
    "In this workspace the names of the models stay hidden, so routes are changed in copydesk.toml."
)
SETTINGS_KIND_GONE = "This kind of text no longer exists. Nothing was changed; the page shows what holds now."
SETTINGS_NO_STYLE = "None yet: drafts are asked for without one."
SETTINGS_LEFT_OUT = "Set in Slack, but cannot hold any more"

REVEAL_TITLE = "Who wrote it?"
REVEAL_LABEL = "When do raters learn who wrote a draft?"
REVEAL_HINT = "The less people know while they rate, the more their ratings say."
REVEAL_POLICIES = {
    Reveal.IN_REPORT: "Only in the weekly report",
    Reveal.AFTER_MY_VOTE: "After their own vote, if they ask",
    Reveal.NEVER: "Never",
}
REVEAL_EXPLAINED = {
    Reveal.IN_REPORT: "The ranking names models, never drafts.",
    Reveal.AFTER_MY_VOTE: "Whoever rated a draft may ask; from then on that rating stays as it is.",
    Reveal.NEVER: "The channel sees letters; whoever runs Copydesk has the names.",
}

REPORT_FORM_TITLE = "Weekly report"
WEEKDAY_LABEL = "Day"
HOUR_LABEL = "Hour"
TIME_ZONE_LABEL = "Time zone"
TIME_ZONE_HINT = "A name such as Europe/Berlin or UTC."
THRESHOLD_LABEL = "Quality that a model must reach"
THRESHOLD_HINT = "From 1 to 10. A model counts as good enough when its interval lies above."
WEEKDAYS = {
    "monday": "Monday", "tuesday": "Tuesday", "wednesday": "Wednesday", "thursday": "Thursday",
    "friday": "Friday", "saturday": "Saturday", "sunday": "Sunday",
}  # fmt: skip

KIND_FORM_TITLE = "Kind of text"
KIND_NAME_LABEL = "Name"
KIND_NAME_HINT = "What people type behind /draft: lower-case letters, digits and _, such as release_note."
KIND_TITLE_LABEL = "Title"
KIND_ALIASES_LABEL = "Short names"
KIND_ALIASES_HINT = "What people may type instead of the name: single words, with spaces in between."
KIND_MIN_LABEL = "Words at least"
KIND_MAX_LABEL = "Words at most"
KIND_LIMIT_LABEL = "Characters that the platform takes"
KIND_LIMIT_HINT = "Leave it empty where there is no limit."
KIND_TOPIC_LABEL = "Example of a topic"
KIND_PROMPT_LABEL = "What the model is told"
KIND_PROMPT_HINT = "Ratings of texts that were asked for differently are compared apart."
KIND_EXISTS = "There is a kind of this name already. Choose another name, or change that kind."

ROUTE_TITLE = "Who writes it"
ROUTE_MODELS_HINT = "One of them is drawn for each draft, each with the same chance."
ROUTE_SUBSTITUTES_LABEL = "Stand in where none of them is on this machine"
ROUTE_REASON_LABEL = "Why these?"
ROUTE_REASON_HINT = "People read it beside the names of the models."

BOUNDS_CROSSED = "This must be at least as many as “Words at least”."


def settings_intro(editors: Sequence[str], reader_id: str) -> str:
    if not editors:
        return (
            "Everybody sees what holds; nobody may change it here yet. Whoever runs Copydesk makes you an "
            f'editor by adding "{reader_id}" to `editors` under [workspace] in copydesk.toml.'
        )
    names = ", ".join(f"<@{editor}>" for editor in editors)
    return f"Everybody sees what holds; editors change it: {names}. Changes hold from the next request on."


def only_editors_change(reader_id: str) -> str:
    return (
        "Only editors can change this; nothing was changed. Whoever runs Copydesk makes you one by adding "
        f'"{reader_id}" to `editors` under [workspace] in copydesk.toml.'
    )


def reveal_setting(reveal: Reveal) -> str:
    return f"{REVEAL_POLICIES[reveal]}. {REVEAL_EXPLAINED[reveal]}"


def report_setting(report: ReportSettings) -> str:
    return (
        f"{WEEKDAYS[report.weekday]} at {report.hour}:00, {report.time_zone}. "
        f"A model must be shown to reach {report.threshold:g}."
    )


def set_by(author_id: str, at: datetime) -> str:
    return f"Set by <@{author_id}> on {day(at)}"


def kind_set_by(author_id: str, at: datetime) -> str:
    return f"Kind set by <@{author_id}> on {day(at)}"


def route_set_by(author_id: str, at: datetime) -> str:
    return f"Who writes it set by <@{author_id}> on {day(at)}"


def kind_setting(kind: ContentType) -> str:
    names = ", ".join(f"`{name}`" for name in (kind.name, *kind.aliases))
    return f"{kind.min_words}–{kind.max_words} words · {names}"


def kind_written_by(models: Sequence[str], reason: str) -> str:
    return f"Written by {' or '.join(models)}: {reason}"


def left_out_setting(key: str, reason: str) -> str:
    return f"{key}: {reason}"


def setting_hour(hour: int) -> str:
    return f"{hour}:00"


def route_of(title: str) -> str:
    return f"“{title}” is written by"


def model_not_here(name: str) -> str:
    return f"{name} (not on this machine)"
