"""Every sentence that a person can read in Slack.

One voice: short, friendly, no jargon. What a person or a model wrote is never formatted in
here with markup around it; `bot.messages` decides how it is shown, and escapes it.
"""

from collections.abc import Sequence
from datetime import datetime

from generation.content_types import ContentType

MAX_TOPIC_CHARACTERS = 500

RATE_HINT = (
    "Rate it with the buttons, or react with 👍 👎 or 1️⃣ to 🔟. "
    "Who wrote it stays hidden so that ratings are fair."
)
RATE_BUTTON = "Rate 1–10"
THUMB_UP = "Good"
THUMB_DOWN = "Not good"

SCORE_FORM_TITLE = "Rate this draft"
SCORE_LABEL = "Your score"
SCORE_PLACEHOLDER = "1 to 10"
SCORE_WORDS = {
    1: "1 – unusable",
    5: "5 – needs work",
    7: "7 – good with small edits",
    10: "10 – send it as it is",
}
REASONS_LABEL = "What stood out?"
REASONS = {
    "clear": "Clear and well structured",
    "convincing": "Convincing",
    "right_tone": "Right tone",
    "wrong_tone": "Wrong tone",
    "too_generic": "Too generic",
    "wrong_facts": "Wrong or made-up facts",
    "wrong_length": "Too long or too short",
    "bad_language": "Language mistakes",
}
CORRECTION_LABEL = "How you would have written it"
CORRECTION_HINT = (
    "Optional. Change the text as you like; what you leave as it is does not count as a correction."
)
SUBMIT = "Save rating"
CANCEL = "Cancel"

SCORE_OUT_OF_RANGE = "Scores go from 1 to 10. Please choose one of them; nothing else in this form was lost."
DRAFT_IS_GONE = (
    "This draft has been deleted, so it can no longer be rated. "
    "Copy your corrected text if you want to keep it, then close this form."
)
DRAFT_UNKNOWN = "I don't know this draft, so nothing was stored. Ask for a new one with /draft."
ZERO_IS_NO_SCORE = (
    "Scores go from 1 to 10, so 0️⃣ was not counted. React with 1️⃣ for the lowest score; "
    "anything else you gave this draft still counts."
)
TROUBLE = (
    "Something went wrong on my side and this was not stored. Please try again in a minute. "
    "If it happens again, tell the person who runs Copydesk this reference: {reference}"
)
BUSY = "The database is busy just now, so nothing was stored yet. Please try the same again in a few seconds."


def writing(content_type: ContentType, topic: str) -> str:
    return f"On it: {content_type.title} about “{topic}”. It will appear in this channel."


def already_asked() -> str:
    return "I have this request already; the draft appears here as soon as it is written."


def draft_caption(label: str, title: str, requester_id: str) -> str:
    return f"*{label}* · {title} · for <@{requester_id}>"


def thumb_noted(label: str, thumb: int) -> str:
    return f"Noted {'👍' if thumb > 0 else '👎'} for {label}. Click again to change it."


def score_noted(label: str, score: int) -> str:
    return f"Saved {score}/10 for {label}. Open the form again to change it."


def unknown_content_type(given: str, nearest: Sequence[ContentType], known: Sequence[ContentType]) -> str:
    if nearest:
        hint = " or ".join(f"`{kind.shortest_name}`" for kind in nearest)
        return f"I don't know the kind “{given}”. Did you mean {hint}? {example(nearest[0])}"
    names = ", ".join(f"`{kind.shortest_name}`" for kind in known)
    return f"I don't know the kind “{given}”. I can write: {names}. {example(known[0])}"


def missing_topic(content_type: ContentType) -> str:
    return f"{content_type.title} about what? {example(content_type)}"


def topic_too_long(length: int) -> str:
    return (
        f"The topic has {length} characters; I can take up to {MAX_TOPIC_CHARACTERS}. "
        "Say the main point in a sentence or two and send it again."
    )


def example(content_type: ContentType) -> str:
    return f"For example: `/draft {content_type.shortest_name} {content_type.example_topic}`"


def help_text(known: Sequence[ContentType]) -> str:
    kinds = "\n".join(f"• `{kind.shortest_name}`: {kind.title}" for kind in known)
    return (
        "*I write first drafts; you say how good they are.*\n"
        f"`/draft <kind> <topic>` writes one. Kinds:\n{kinds}\n"
        "`/draft report` shows how the models do so far this week. `/draft help` shows this.\n"
        f"{example(known[0])}"
    )


def substitute_notice(why: str) -> str:
    return (
        f"A stand-in wrote your draft: {why}. Your ratings count all the same. The person who runs "
        "Copydesk learns from `copydesk doctor` what to do about it. I'll say this only once."
    )


def writing_failed(topic: str, reference: str, *, retryable: bool) -> str:
    remedy = (
        "Please try again in a minute."
        if retryable
        else "The person who runs Copydesk can find out why with `copydesk doctor` and the log."
    )
    return f"I couldn't write the draft about “{topic}”. {remedy} Your request is kept under {reference}."


def cannot_post(reason: str) -> str:
    remedy = (
        "Invite me with `/invite @Copydesk`"
        if reason in ("not_in_channel", "channel_not_found")
        else "Ask for it in another channel, or tell the person who runs Copydesk"
    )
    return (
        f"The draft is written and safe, but Slack did not let me post it here ({reason}). "
        f"{remedy}; I try again within the hour."
    )


def counting_report() -> str:
    return "Putting together the week so far. It will appear in this channel."


def report_title(period: str, *, closed: bool) -> str:
    return f"Model ranking, week {period}" if closed else f"Model ranking, week {period} so far"


def report_footer(generated_at: datetime) -> str:
    return (
        f"Computed {generated_at:%Y-%m-%d %H:%M} UTC. How to read it: see “Reading a report” in the README."
    )


HOME_TITLE = "Copydesk"
HOME_INTRO = (
    "I write first drafts with models that run on your own machine. You rate them without "
    "knowing who wrote what, and every week the channel sees which model serves you best."
)
HOME_HOW_TO_RATE = (
    "*How to rate*\nUse the thumbs or “Rate 1–10” under a draft: that is private. "
    "Or react with 👍 👎 or 1️⃣ to 🔟: that is visible to everybody. The last one counts."
)


def home_kind(content_type: ContentType) -> str:
    return (
        f"*{content_type.title}*, {content_type.min_words} to {content_type.max_words} words\n"
        f"`/draft {content_type.shortest_name} {content_type.example_topic}`"
    )


def home_numbers(drafts: int, ratings: int) -> str:
    return f"You have asked for *{drafts}* drafts and rated *{ratings}*."
