"""The Slack app manifest: what the app is called, what it may do and which commands it has."""

from pathlib import Path


def manifest_path() -> Path:
    """`deploy/slack/manifest.json` of this checkout."""
    return Path(__file__).resolve().parent.parent / "deploy" / "slack" / "manifest.json"
