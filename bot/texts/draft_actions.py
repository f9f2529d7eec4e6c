"""What is said about a draft that is rewritten, edited, copied or discarded."""

COPY_BUTTON = "Copy text"
REWRITE_BUTTON = "Rewrite"
EDIT_BUTTON = "Edit"
DISCARD_BUTTON = "Discard"
FORM_SAVE = "Save"

REWRITE_TITLE = "Rewrite this draft"
REWRITE_SUBMIT = "Write it"
REWRITE_LABEL = "What should be different?"
REWRITE_PLACEHOLDER = "Shorter, and open with a question"
REWRITE_HINT = "The new version comes as a draft of its own, below this one. This one stays as it is."
MAX_INSTRUCTION_CHARACTERS = 500
INSTRUCTION_MISSING = "Say in a few words what should be different."
KIND_NO_LONGER_WRITTEN = (
    "This kind of text is no longer set up, so it can't be written anew. Nothing was changed. "
    "The person who runs Copydesk can bring it back in copydesk.toml."
)

INSTRUCTION_NOT_HEARD = (
    "What wrote this draft takes no instructions, so it is a fresh version without your wish. "
    "Edit it by hand, or ask the person who runs Copydesk for a larger model."
)

EDIT_TITLE = "Edit this draft"
EDIT_LABEL = "The text"
EDIT_HINT = (
    "What you save stands here as the final text, with your name. The first version is kept, and Copydesk "
    "can learn from both."
)
TEXT_MISSING = "There is no text left. To throw the draft away, close this form and choose Discard."
TEXT_UNCHANGED = "The text is as it was, so there was nothing to save. Change something, or close this form."
EDIT_OVERLAPPED = (
    "Somebody else changed this text while you had it open, so yours was not saved. "
    "Copy it, close this form and edit the draft as it is now."
)

DISCARD_TITLE = "Discard this draft?"
DISCARD_SUBMIT = "Discard"
DISCARD_CLOSE = "Keep it"

DRAFT_IS_DISCARDED = (
    "This draft was discarded, so nothing more can be done with it. Ask for a new one with /draft."
)
PAIR_IS_BROKEN = (
    "One of these two drafts was discarded, so they take no more votes. What was said before is kept."
)
ACT_FORM_NOT_OPENED = "Slack did not open the form in time. Nothing was changed; press the button again."
COPY_NOT_SENT = (
    "The text is too long to be shown here, and Slack did not take it as a file. Nothing was lost; "
    "please try again in a minute."
)


def discard_question(label: str) -> str:
    """In Slack's markup."""
    return (
        f"*{label}* disappears for everybody, and a line says that you discarded it. Its ratings no longer "
        "count. The text stays in the database, but can't be brought back from here."
    )


def instruction_too_long(length: int) -> str:
    return (
        f"That has {length:,} characters; I can take up to {MAX_INSTRUCTION_CHARACTERS}. "
        "Keep what matters most."
    )


def text_part(number: int, parts: int) -> str:
    return f"The text, part {number} of {parts}"


def not_the_shape(reason: str) -> str:
    return f"This kind of text must be JSON of a given shape, and this is not: {reason}. Nothing was saved."


def rewritten_from(label: str, instruction: str) -> str:
    """`instruction` escaped already; in Slack's markup."""
    return f"*{label}* rewritten: “{instruction}”"


def edited_by(user_id: str) -> str:
    """In Slack's markup, as a part of a caption."""
    return f"final, edited by <@{user_id}>"


def discarded(label: str, user_id: str) -> str:
    """In Slack's markup."""
    return f":wastebasket: {label} was discarded by <@{user_id}>."


def copy_ready(label: str, characters: int, limit: int | None) -> str:
    """In Slack's markup. `limit` is what the platform takes, None where it takes any length."""
    if limit is None:
        return f"*{label}* as plain text · {characters:,} characters"
    if characters <= limit:
        return f"*{label}* as plain text · {characters:,} of {limit:,} characters"
    return (
        f":warning: *{label}* as plain text · {characters:,} characters, {characters - limit:,} more than "
        f"the {limit:,} that fit. Shorten it with Edit or Rewrite."
    )


def copy_in_file(counted: str) -> str:
    """`counted` is `copy_ready`; in Slack's markup."""
    return f"{counted}\nIt is too long to be shown here, so you get it as a file in a direct message."
