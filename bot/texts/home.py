"""What the App Home says."""

from generation.content_types import ContentType

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
