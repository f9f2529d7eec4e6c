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
WHY_BUTTON = "Say why"
WHY_TITLE = "Why this vote?"
WHY_LABEL = "What made the difference?"
WHY_SUBMIT = "Save"
_BETTER = {
    "clearer": "Clearer and better structured",
    "more_convincing": "More convincing",
    "better_tone": "Better tone",
    "more_specific": "More specific, less generic",
    "fewer_mistakes": "Fewer wrong or made-up facts",
    "better_length": "Better length",
    "better_language": "Better language",
}
WHY_REASONS = {
    VoteChoice.LEFT: _BETTER,
    VoteChoice.RIGHT: _BETTER,
    VoteChoice.TIE: {
        "both_good": "Both are good",
        "hardly_different": "They hardly differ",
        "different_strengths": "Each has its strengths",
    },
    VoteChoice.BOTH_BAD: {
        "off_topic": "They miss the topic",
        "wrong_tone": "Wrong tone",
        "too_generic": "Too generic",
        "wrong_facts": "Wrong or made-up facts",
        "wrong_length": "Too long or too short",
        "bad_language": "Language mistakes",
    },
}
VOTE_CHANGED = (
    "Your vote has changed since you opened this form, so nothing was stored. Close it and say why anew."
)
VOTE_UNDONE = "Took your vote back. What you said of each draft still counts."
PAIR_UNKNOWN = "I don't know these two drafts, so nothing was stored. Ask for new ones with /draft pair."
PAIR_IS_GONE = "These two drafts have been deleted, so they take no more votes. What was said before is kept."
PAIR_REACTION_UNCLEAR = (
    "That could mean either of the two drafts, so it was not counted. React with 🅰️ or 🅱️ for the better one, "
    "or use the buttons under the drafts: they also rate each on its own."
)
_VOTED = {
    VoteChoice.LEFT: "A is better",
    VoteChoice.RIGHT: "B is better",
    VoteChoice.TIE: "it's a tie",
    VoteChoice.BOTH_BAD: "both are bad",
}
SHORTENED = "This is how it begins; the rest did not fit in one message."


def pair_caption(kind: str, requester_id: str) -> str:
    return f"*Two versions* · {kind} · for <@{requester_id}>"


def pair_notification(kind: str, topic: str) -> str:
    """`topic` escaped already."""
    return f"Two versions: {kind} about {topic}"


def half_title(letter: str, label: str) -> str:
    return f"{letter} · {label}"


def vote_noted(choice: VoteChoice) -> str:
    return f"Noted: {_VOTED[choice]}. The last vote counts."


def reasons_noted(choice: VoteChoice) -> str:
    return f"Noted why {_VOTED[choice]}. Thank you."


def rate_half(letter: str) -> str:
    return f"Rate {letter} 1–10"
