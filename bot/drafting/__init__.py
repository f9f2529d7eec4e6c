"""A draft's way from a recorded request to a message in Slack."""

from bot.drafting.drafting import Drafting
from bot.drafting.pacing import Pace

__all__ = ["Drafting", "Pace"]
