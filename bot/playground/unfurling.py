"""Links to messages of this workspace show the message they lead to, as a quote under the text.

Slack unfurls what the poster may see. People's messages always; an app's only where it says
`unfurl_links` (docs.slack.dev/messaging/unfurling-links-in-messages has it off for apps).
"""

import html
import re
from collections.abc import Iterator

from bot.playground.entities import TEAM_ID, Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack

QUOTES = 5
_LINK = re.compile(r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<micros>\d{6})[^\s<>|]*")


def quotes(slack: Slack, user: str, text: str) -> list[Json]:
    """An attachment for each message that `text` links to and `user` may see, none twice."""
    found: dict[str, Json] = {}
    for address, message in _linked(slack, user, text):
        if len(found) < QUOTES:
            found.setdefault(message.ts, {"id": len(found) + 1, **_quote(slack, message, address)})
    return list(found.values())


def _linked(slack: Slack, user: str, text: str) -> Iterator[tuple[str, Message]]:
    for link in re.finditer(re.escape(slack.origin) + _LINK.pattern, text):
        try:
            channel = slack.workspace.channel(link["channel"])
            message = slack.workspace.message(channel.id, f"{link['seconds']}.{link['micros']}")
        except ApiError:
            continue
        is_open = channel.kind == "channel" and not channel.is_private
        if message.ephemeral_to is None and (is_open or user in channel.members):
            yield html.unescape(link[0]), message


def _quote(slack: Slack, message: Message, address: str) -> Json:
    channel = slack.workspace.channel(message.channel)
    author = slack.workspace.user(message.user)
    place = "Direct message" if channel.kind == "im" else f"Posted in #{channel.name}"
    shown = {"team": TEAM_ID, "channel": channel.id, "ts": message.ts}
    return {
        "from_url": address,
        "original_url": address,
        "is_msg_unfurl": True,
        "ts": message.ts,
        "channel_id": channel.id,
        "channel_team": TEAM_ID,
        "author_id": author.id,
        "author_name": author.real_name,
        "author_link": f"{slack.origin}/team/{author.id}",
        "fallback": f"{author.real_name}: {message.text}",
        "text": message.text,
        "mrkdwn_in": ["text"],
        "footer": f"Thread in #{channel.name}" if message.is_reply and channel.kind != "im" else place,
        "color": "D0D0D0",
        **({"message_blocks": [{**shown, "message": {"blocks": message.blocks}}]} if message.blocks else {}),
    }
