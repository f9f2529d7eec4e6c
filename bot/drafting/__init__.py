"""A draft's way from a recorded request to a message in Slack."""

from bot.drafting.drafting import Drafting

__all__ = ["Drafting"]
