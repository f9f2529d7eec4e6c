"""Every sentence that a person can read in Slack, one module a feature: `texts.NAME`, whichever it is in.

One voice: short, friendly, no jargon. What a person or a model wrote is never formatted in
here with markup around it; `bot.messages` decides how it is shown, and escapes it.
"""

from bot.texts.asking import *  # noqa: F403
from bot.texts.audit import *  # noqa: F403
from bot.texts.draft_actions import *  # noqa: F403
from bot.texts.drafting import *  # noqa: F403
from bot.texts.home import *  # noqa: F403
from bot.texts.pair import *  # noqa: F403
from bot.texts.rating import *  # noqa: F403
from bot.texts.report import *  # noqa: F403
from bot.texts.reveal import *  # noqa: F403
from bot.texts.settings import *  # noqa: F403
from bot.texts.trouble import *  # noqa: F403
