"""The Slack app manifest: what the app is called, what it may do and which commands it has.

It lies outside the packages, since it is for people first: they paste it into a form at Slack.
Copydesk is delivered as a git checkout and runs from there, so the file is at hand.
"""

from pathlib import Path
from typing import Final

from bot.errors import SettingsError

CHECKOUT: Final = Path(__file__).resolve().parent.parent


def manifest_path(checkout: Path = CHECKOUT) -> Path:
    """`deploy/slack/manifest.json` of this checkout. Raises SettingsError where it is missing."""
    path = checkout / "deploy" / "slack" / "manifest.json"
    if not path.is_file():
        raise SettingsError(
            f"The app manifest {path} is missing, and the playground obeys it. Copydesk runs from its git "
            "checkout: bring the file back with `git restore deploy/slack/manifest.json`, or clone Copydesk "
            "and use `make run` there."
        )
    return path
