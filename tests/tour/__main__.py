"""`make tour`: seeds a database, starts Copydesk, leads a browser through it, writes docs/tour.md.

Nothing is staged but the two weeks before: the drafts, the ranking and the report that the pictures show
come from the running product.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from evaluation.database import open_database
from evaluation.revisions import upgrade
from tests.chromium import NO_CHROMIUM, find_chromium
from tests.commands import COPYDESK, line_with, started
from tests.tour.camera import open_page, take
from tests.tour.drafts import ask_as_ben
from tests.tour.history import ask_by_message, write_history
from tests.tour.scene import Scene
from tests.tour.scenes import SCENES

DOCS: Final = Path(__file__).parents[2] / "docs"
PICTURES: Final = "images/tour"
CONFIGURATION: Final = """\
[workspace]
editors = ["U0ADA"]

[audits]
days = 1  # the weeks before are in the database alone: there is no message to rate
"""
INTRODUCTION: Final = """\
# A tour

Every picture was taken by `make tour` of a Copydesk that runs in its local Slack, with the two starter models
and two weeks of ratings. Each surface is shown light, dark, and as narrow as a phone.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=DOCS, help="the folder of tour.md")
    parser.add_argument("--only", nargs="*", help="these scenes, without writing tour.md")
    options = parser.parse_args(arguments)
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write(f"{NO_CHROMIUM}\n")
        return 1
    scenes = [scene for scene in SCENES if not options.only or scene.name in options.only]
    with TemporaryDirectory(prefix="copydesk-tour-") as data:
        asyncio.run(_photograph(chromium, Path(data), options.to / PICTURES, scenes))
    if not options.only:
        (options.to / "tour.md").write_text(_page(scenes), encoding="utf-8")
    return 0


async def _photograph(chromium: str, data: Path, pictures: Path, scenes: Sequence[Scene]) -> None:
    pictures.mkdir(parents=True, exist_ok=True)
    _seed(data)
    configuration = data / "copydesk.toml"
    configuration.write_text(CONFIGURATION)
    environ = {
        "COPYDESK_DATA_DIR": str(data),
        "COPYDESK_CONFIG": str(configuration),
        "COPYDESK_PLAYGROUND_PORT": "0",
    }
    async with started(*COPYDESK, "run", **environ) as process:
        address = (await line_with(process, "ready: open")).split()[-1]
        async with open_page(chromium, address) as page:
            await ask_as_ben(page)
            for scene in scenes:
                sys.stderr.write(f"{scene.name}\n")
                await scene.lead(page)
                await take(page, pictures, scene.name, scene.begins_with)
        process.send_signal(signal.SIGINT)
        await process.wait()


def _seed(data: Path) -> None:
    url = f"sqlite:///{data / 'copydesk.db'}"
    upgrade(url)
    database = open_database(url)
    with database.transaction() as session:
        now = datetime.now(UTC)
        write_history(session, now, Random(2026))
        ask_by_message(session, "U0ADA", now)
    database.dispose()


def _page(scenes: Sequence[Scene]) -> str:
    return "\n".join([INTRODUCTION, *(_section(scene) for scene in scenes)])


def _section(scene: Scene) -> str:
    light, dark, phone = (f"{PICTURES}/{scene.name}-{theme}.png" for theme in ("light", "dark", "phone"))
    return f"""\
## {scene.title}

{scene.caption}

![{scene.title}, light]({light})

<details><summary>Dark, and on a phone</summary>

![{scene.title}, dark]({dark})

![{scene.title}, on a phone]({phone})

</details>
"""


if __name__ == "__main__":
    raise SystemExit(main())
