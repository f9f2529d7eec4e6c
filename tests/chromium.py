"""The system's Chromium, for tests and for the pictures of the tour; nothing is downloaded."""

import os
import shutil
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MACOS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = (
    "The page is looked at in Chromium, and none was found. Install it with `apt-get install chromium` "
    "(Debian, Ubuntu) or `brew install --cask chromium` (macOS), or set CHROMIUM_PATH to its executable."
)


def find_chromium() -> str | None:
    """CHROMIUM_PATH, or what is installed; None where there is none."""
    configured = os.environ.get("CHROMIUM_PATH")
    if configured:
        return configured if Path(configured).is_file() else None
    on_path = (shutil.which(name) for name in CHROMIUM_NAMES)
    installed = (str(path) for path in CHROMIUM_ON_MACOS if path.is_file())
    return next((found for found in (*on_path, *installed) if found), None)
