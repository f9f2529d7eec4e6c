"""What is said while a draft is written, and when it cannot be."""

from collections.abc import Sequence

from generation.content_types import ContentType

MAX_TOPIC_CHARACTERS = 500

CANCEL_BUTTON = "Cancel"
RETRY_BUTTON = "Try again"
WAITING_FOR_MODEL = ":hourglass_flowing_sand: Getting ready to write"
UP_NEXT = ":hourglass_flowing_sand: Next in line"
IN_THREAD = ":white_check_mark: It's in the thread"
RIGHT_BELOW = ":white_check_mark: It's right below"
GROWING_IN_THREAD = ":writing_hand: Writing it in the thread, where you can watch"
GROWING_BELOW = ":writing_hand: Writing it right below, where you can watch"
STILL_APPEARING = ":writing_hand: Still appearing"
DRAFT_WORD = "Draft"
NOT_YOURS = "Only the person who asked for this draft, or an editor, can do that. Nothing was changed."
TOO_LATE_TO_CANCEL = "This draft is written already, so there is nothing left to cancel."
NOT_RETRIED = "This draft is on its way already, or done. Nothing was changed."
PAIR_BECAME_SINGLE = (
    "Only one of the models on this machine could write this, so you get one version instead of two. "
    "The person who runs Copydesk can add another with `copydesk models pull`."
)


def writing(content_type: ContentType, topic: str) -> str:
    return (
        f"On it: {content_type.title} about “{topic}”. I can't post a note about it in this channel, so "
        "I'm telling only you; the draft follows."
    )


def already_asked() -> str:
    return "I have this request already; the draft appears here as soon as it is written."


def draft_caption(label: str, title: str, requester_id: str) -> str:
    return f"*{label}* · {title} · for <@{requester_id}>"


def placeholder_caption(title: str, requester_id: str) -> str:
    return f"{title} · for <@{requester_id}>"


def placeholder_notification(title: str, topic: str) -> str:
    """`topic` escaped already."""
    return f"Coming up: {title} about {topic}"


def in_line(ahead: int) -> str:
    before = "1 draft is before this one" if ahead == 1 else f"{ahead} drafts are before this one"
    return f":hourglass_flowing_sand: In line: {before}"


def being_written(seconds: int) -> str:
    return f":writing_hand: Writing, {_duration(seconds)} so far" if seconds else ":writing_hand: Writing"


def cancelled(user_id: str) -> str:
    return f":no_entry_sign: Cancelled by <@{user_id}>. No draft was kept; ask again with `/draft`."


def long_draft_attached(characters: int) -> str:
    return f"This is how it begins. The whole text ({characters:,} characters) is in the thread, as a file."


def draft_is_ready(title: str, topic: str, link: str) -> str:
    """`topic` escaped already; in Slack's markup."""
    return f"Your {title} about “{topic}” is done. <{link}|Read it>"


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


def topic_returned(topic: str) -> str:
    """What was typed behind a command is gone from the message field, so it comes back."""
    return f"{topic_too_long(len(topic))} This is what you wrote:\n{topic}"


def example(content_type: ContentType) -> str:
    return f"For example: `/draft {content_type.shortest_name} {content_type.example_topic}`"


def substitute_notice(why: str) -> str:
    return (
        f"A stand-in wrote your draft: {why}. Your ratings count all the same. The person who runs "
        "Copydesk can see with `copydesk doctor` what to do about it. I'll say this only once."
    )


def writing_failed(topic: str, reference: str, *, retryable: bool) -> str:
    remedy = (
        f"Please try again in a minute. If it happens again, tell the person who runs Copydesk: {reference}."
        if retryable
        else f"Please tell the person who runs Copydesk: {reference}. `copydesk doctor` shows what is "
        "missing; after that, try again."
    )
    return f"I couldn't write the draft about “{topic}”. Your request is kept. {remedy}"


_WHY_NOT_POSTED = {
    "not_in_channel": "I'm not a member of this channel",
    "channel_not_found": "I can't see this channel",
    "is_archived": "this channel is archived",
    "restricted_action": "only some people may post here",
}


def cannot_post(reason: str) -> str:
    """`reason`: Slack's name of the error, shown as it is where we have no words for it."""
    remedy = (
        "Invite me with `/invite @Copydesk`"
        if reason in ("not_in_channel", "channel_not_found")
        else "Ask for it in another channel, or tell the person who runs Copydesk"
    )
    return (
        f"The draft is written and safe, but I can't post it here: {_WHY_NOT_POSTED.get(reason, reason)}. "
        f"{remedy}; I try again within the hour."
    )


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
