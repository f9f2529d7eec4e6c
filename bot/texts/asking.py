"""What is said about the ways to ask: help, lists, forms, words to the bot."""

from collections.abc import Sequence
from datetime import datetime

from bot.texts.drafting import example
from evaluation.wording import days_in_words
from generation.content_types import ContentType

MAX_DETAIL_CHARACTERS = 100
MAX_FACTS_CHARACTERS = 2000
MAX_STYLE_CHARACTERS = 2000

DRAFT_FORM_TITLE = "New draft"
DRAFT_FORM_SUBMIT = "Write it"
KIND_LABEL = "What shall it be?"
TOPIC_LABEL = "What is it about?"
TOPIC_PLACEHOLDER = "Remote onboarding that works"
LANGUAGE_LABEL = "Language"
LANGUAGE_PLACEHOLDER = "As the topic, if you leave this empty"
TONE_LABEL = "Tone"
TONE_PLACEHOLDER = "Friendly, matter-of-fact, bold …"
AUDIENCE_LABEL = "Who reads it?"
AUDIENCE_PLACEHOLDER = "New colleagues, customers, engineers …"
FACTS_LABEL = "Facts to use"
FACTS_HINT = "Names, dates, figures: what you write here is what the draft can rely on."
PAIR_LABEL = "Versions"
PAIR_OPTION = "Write two versions to compare"
STYLE_APPLIES = "Your house style applies to every draft."
KIND_IS_GONE = "This kind of text is no longer offered. Choose another one; your other answers are kept."
TOPIC_MISSING = "Say in a few words what the text is about."

STYLE_FORM_TITLE = "House style"
STYLE_FORM_SUBMIT = "Save"
STYLE_LABEL = "How should every text sound?"
STYLE_HINT = (
    "Sent along with every request from now on. Only drafts of the same style are compared with each other. "
    "Leave it empty for no house style."
)
STYLE_SAVED = "Saved. From now on every draft is asked to follow this house style."
STYLE_EMPTIED = "Saved. There is no house style any more; new drafts are written without one."
NO_STYLE = "There is no house style yet."
STYLE_HEADING = "Our house style"

HELP_HEADING = "I write first drafts; you say how good they are."
TYPES_HEADING = "What I can write"
MINE_HEADING = "Your drafts"
QUEUE_HEADING = "What is being written"
MODELS_HEADING = "Who can write here"
MODELS_HIDDEN = (
    "In this workspace the names of the models stay hidden, so that ratings are fair. "
    "The person who runs Copydesk sees them with `copydesk models list`."
)
NO_MODEL_HERE = "no model on this machine can write it; `copydesk models pull` fetches one"
STANDS_IN = "standing in, because no model meant for this is on this machine"
COST_HEADING = "What drafts cost this week"
NOTHING_UNDER_WAY = "Nothing is being written right now."
NOTHING_TO_STOP = "None of your drafts is waiting or being written, so there was nothing to stop."
FORM_NOT_OPENED = "Slack did not open the form in time. Nothing was lost; type `/draft` again."
MESSAGE_HAS_NO_TEXT = (
    "This message has no text that I could start from. Choose another one, or type `/draft`."
)

WAYS_TO_ASK = (
    ("/draft <kind> <topic>", "writes one"),
    ("/draft", "opens a form with room for tone, audience and facts"),
    ("/draft pair <kind> <topic>", "writes two versions, side by side"),
    ("/draft stop", "cancels what you asked for and is not written yet"),
    ("/draft style", "shows or changes the house style"),
)
WAYS_TO_LOOK = (
    ("/draft mine [words]", "finds your drafts again"),
    ("/draft queue", "shows what is being written"),
    ("/draft types", "lists the kinds of text"),
    ("/draft report [kind]", "shows how the models do this week, or what is known of one kind"),
    ("/draft models", "lists the models that can write here"),
    ("/draft cost", "shows what drafts cost this week"),
)


def help_example(content_type: ContentType) -> str:
    return f"{example(content_type)}\nOr mention me: `@Copydesk write a {content_type.title} about …`"


def kind_line(kind: ContentType) -> str:
    return f"`{kind.shortest_name}` · {kind.title}, {kind.min_words}–{kind.max_words} words"


def pair_of_what(content_type: ContentType) -> str:
    kind, topic = content_type.shortest_name, content_type.example_topic
    return f"Two versions of what? For example: `/draft pair {kind} {topic}`"


def mention_without_kind(known: Sequence[ContentType]) -> str:
    names = ", ".join(f"`{kind.shortest_name}`" for kind in known)
    return (
        f"Tell me which kind of text you want: {names}. For example: "
        f"`@Copydesk write a {known[0].title} about {known[0].example_topic}`"
    )


def facts_too_long(length: int) -> str:
    return (
        f"The facts have {length} characters; I can take up to {MAX_FACTS_CHARACTERS}. Shorten them a little."
    )


def style_too_long(length: int) -> str:
    return f"The style has {length} characters; I can take up to {MAX_STYLE_CHARACTERS}. Shorten it a little."


def only_editors(user_id: str) -> str:
    return (
        "Only editors can change the house style. Whoever runs Copydesk makes you one by adding "
        f'"{user_id}" to `editors` under [workspace] in copydesk.toml.'
    )


def style_author(author_id: str, at: datetime) -> str:
    return f"By <@{author_id}>, {day(at)}"


def finding_heading(title: str) -> str:
    return f"{title}: what we know so far"


def no_finding(title: str) -> str:
    return (
        f"Last week's report says nothing about “{title}” yet. Rate a few such drafts, and the next one can. "
        "`/draft report` shows this week so far."
    )


def finding_of(week: str) -> str:
    return f"From the report of {days_in_words(week)}."


def stopped(count: int) -> str:
    return "Stopped one draft." if count == 1 else f"Stopped {count} drafts."


def own_draft_line(title: str, at: datetime, link: str | None) -> str:
    """In Slack's markup."""
    return f"{title} · {day(at)}" + (f" · <{link}|Open>" if link else "")


def no_drafts_found(words: Sequence[str]) -> str:
    if not words:
        return "You have no drafts yet. Ask for one with `/draft`."
    return f"None of your drafts says “{' '.join(words)}”. Try fewer words, or `/draft mine` for the newest."


def more_drafts(shown: int) -> str:
    return f"These are the newest {shown}. Add words to find others: `/draft mine <words>`"


def queue_line(mine: int, others: int) -> str:
    total = mine + others
    drafts = "1 draft is" if total == 1 else f"{total} drafts are"
    yours = "yours" if total == 1 else "all yours"
    share = yours if not others else f"{mine} of them yours" if mine else "none of them yours"
    return f"{drafts} waiting or being written, {share}."


def asked_ago(seconds: int) -> str:
    if seconds < 5:
        return "asked for just now"
    return f"asked for {seconds} s ago" if seconds < 60 else f"asked for {seconds // 60} min ago"


def models_line(names: Sequence[str], reason: str) -> str:
    return f"{', '.join(names)}: {reason}"


def day(at: datetime) -> str:
    """For Slack to show in the reader's own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _drafts(count: int) -> str:
    return "1 draft" if count == 1 else f"{count} drafts"
