"""What is said about who wrote a draft: the question to a rater, and, where that is allowed, the answer."""

from collections.abc import Sequence

GUESS_NO_IDEA = "No idea"
GUESS_ALREADY = "You have answered this already. Your first answer is kept."
GUESS_NOTED_FIRST = "Thank you, noted."
GUESS_NOTED = "Thank you, noted. Whether you are right stays hidden so that ratings are fair."

REVEAL_BUTTON = "Who wrote it?"
REVEAL_PAIR_BUTTON = "Who wrote which?"
REVEAL_CONFIRM_TITLE = "See who wrote it?"
REVEAL_CONFIRM_TEXT = "What you said of it then stays as it is, so finish rating first."
REVEAL_CONFIRM_YES = "Show me"
REVEAL_CONFIRM_NO = "Not yet"
REVEAL_NEEDS_RATING = "Rate the draft first. Then I'll tell you who wrote it."
REVEAL_NEEDS_VOTE = "Vote on the two drafts first. Then I'll tell you who wrote which."
REVEAL_IS_OFF = (
    "Nobody is told who wrote a single draft here. Your rating is kept, and you can still change it."
)


def guess_question(label: str) -> str:
    return (
        f"Which model do you think wrote {label}? A guess is fine: it tells whether ratings are still fair. "
        "Your rating stays as it is."
    )


def guess_before_reveal() -> str:
    return "One question first; then I'll tell you."


def revealed(writers: Sequence[tuple[str, str]]) -> str:
    """`writers`: the drafts' labels and the names of their models, escaped."""
    return f"{_who_wrote_what(writers)} What you said stays as it is from now on."


def rating_locked(writers: Sequence[tuple[str, str]]) -> str:
    return (
        f"Nothing was changed, because you know who wrote it: {_who_wrote_what(writers)} "
        "What you said before counts."
    )


def _who_wrote_what(writers: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{label} was written by *{model}*." for label, model in writers)
