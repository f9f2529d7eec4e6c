"""What is said about asking for a draft, and how it goes."""

from collections.abc import Sequence

from generation.content_types import ContentType

MAX_TOPIC_CHARACTERS = 500


def writing(content_type: ContentType, topic: str) -> str:
    return f"On it: {content_type.title} about “{topic}”. It will appear in this channel."


def already_asked() -> str:
    return "I have this request already; the draft appears here as soon as it is written."


def draft_caption(label: str, title: str, requester_id: str) -> str:
    return f"*{label}* · {title} · for <@{requester_id}>"


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
