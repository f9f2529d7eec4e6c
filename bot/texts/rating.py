"""What is said about rating a draft."""

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


NOTE_TITLE = "Thank you"
UNDO_BUTTON = "Undo"


def thumb_noted(label: str, thumb: int) -> str:
    return f"Noted {'👍' if thumb > 0 else '👎'} for {label}. The last click counts."


def reaction_noted(label: str) -> str:
    return (
        f"Your reaction counts for {label}. Once you have said all you want to, I can tell you who wrote it."
    )


def thumb_undone(label: str) -> str:
    return f"Took your thumb back from {label}. Whatever else you said of it still counts."


def score_undone(label: str) -> str:
    return f"Took your score back from {label}. Whatever else you said of it still counts."


def score_noted(label: str, score: int) -> str:
    return f"Saved {score}/10 for {label}. Open the form again to change it."


def task_noted(label: str, score: int) -> str:
    return f"Saved {score}/10 for {label}, and it no longer waits for you."
