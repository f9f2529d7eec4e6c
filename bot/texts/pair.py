"""What is said about two drafts side by side."""

from evaluation.tables import VoteChoice

PAIR_LETTERS = ("A", "B")
PAIR_HINT = (
    "Which one would you send? Vote with the buttons, or react with 🅰️ or 🅱️. "
    "Who wrote which stays hidden so that votes are fair."
)
VOTE_BUTTONS = {
    VoteChoice.LEFT: "Left (A) is better",
    VoteChoice.RIGHT: "Right (B) is better",
    VoteChoice.TIE: "Tie",
    VoteChoice.BOTH_BAD: "Both bad",
}
READ_WHOLE_BUTTON = "Read it whole"
READ_WHOLE_TITLE = "The whole draft"
CLOSE = "Close"
SHORTENED = "This is how it begins; the rest did not fit in one message."


def pair_caption(kind: str, requester_id: str) -> str:
    return f"*Two versions* · {kind} · for <@{requester_id}>"


def pair_notification(kind: str, topic: str) -> str:
    """`topic` escaped already."""
    return f"Two versions: {kind} about {topic}"


def half_title(letter: str, label: str) -> str:
    return f"{letter} · {label}"


def rate_half(letter: str) -> str:
    return f"Rate {letter} 1–10"
