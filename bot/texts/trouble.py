"""What is said when something went wrong on our side."""

TROUBLE = (
    "Something went wrong on my side and this was not stored. Please try again in a minute. "
    "If it happens again, tell the person who runs Copydesk this reference: {reference}"
)
BUSY = "I'm very busy just now, so nothing was stored yet. Please try the same again in a few seconds."
