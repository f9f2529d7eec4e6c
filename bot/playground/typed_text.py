"""What a person types, as an app receives it: escaped, with references in place of names.

Text is escaped in three characters only, and what was typed never becomes markup by itself;
people, channels and addresses arrive as <@U…>, <#C…|name> and <https://…>
(docs.slack.dev/messaging/formatting-message-text). Code is left as it is. Emoji arrive by their
names, however they were typed; the page shows them as pictures again. Bare domains stay text here.
"""

import html
import re
from collections.abc import Callable, Mapping

from bot.playground.emoji import with_names
from bot.playground.entities import Channel, User
from bot.playground.workspace import Workspace

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_TO_ALL = ("here", "channel", "everyone")


def message_text(workspace: Workspace, typed: str) -> str:
    """The text of a message."""
    return _outside_code(typed.strip(), lambda text: _referenced(workspace, text, names_people=False))


def command_text(workspace: Workspace, typed: str, *, is_escaped: bool) -> str:
    """The text after a slash command: names stay names unless the app's manifest says `should_escape`.

    Then people come with their names too, <@U…|ada>
    (docs.slack.dev/interactivity/implementing-slash-commands).
    """
    if not is_escaped:
        return html.escape(typed.strip(), quote=False)
    return _referenced(workspace, typed.strip(), names_people=True)


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """`change` for everything but code, which is escaped only."""
    pieces, end = [], 0
    for code in _CODE.finditer(text):
        pieces += [change(text[end : code.start()]), html.escape(code[0], quote=False)]
        end = code.end()
    return "".join([*pieces, change(text[end:])])


def _referenced(workspace: Workspace, text: str, *, names_people: bool) -> str:
    people = _people(workspace)
    pieces, end = [], 0
    for token in _tokens(people).finditer(text):
        pieces.append(_escaped(text[end : token.start()]))
        if token["person"]:
            pieces.append(_mention(people, token["person"].lower(), names_people=names_people))
        else:
            pieces.append(_link(workspace, token))
        end = token.end()
    return "".join([*pieces, _escaped(text[end:])])


def _tokens(people: Mapping[str, User]) -> re.Pattern[str]:
    """Addresses, and the names that mean somebody after "@": the longest first."""
    names = "|".join(re.escape(name) for name in sorted([*people, *_TO_ALL], key=len, reverse=True))
    return re.compile(
        r"(?P<address>https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])"
        r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
        rf"|(?<!\w)@(?P<person>{names})(?!\w)"
        r"|(?<![\w&])#(?P<channel>[\w-]+)",
        re.IGNORECASE,
    )


def _people(workspace: Workspace) -> dict[str, User]:
    """Everybody by each of their names."""
    return {name.lower(): user for user in workspace.users.values() for name in (user.real_name, user.name)}


def _mention(people: Mapping[str, User], name: str, *, names_people: bool) -> str:
    if name not in people:
        return f"<!{name}>"
    user = people[name]
    return f"<@{user.id}|{user.name}>" if names_people else f"<@{user.id}>"


def _link(workspace: Workspace, token: re.Match[str]) -> str:
    if token["address"]:
        return f"<{html.escape(token['address'], quote=False)}>"
    if token["mail"]:
        return f"<mailto:{token['mail']}|{token['mail']}>"
    channel = _channel(workspace, token["channel"])
    return f"<#{channel.id}|{channel.name}>" if channel else _escaped(token[0])


def _channel(workspace: Workspace, name: str) -> Channel | None:
    public = [each for each in workspace.channels if each.kind == "channel" and not each.is_private]
    return next((each for each in public if each.name == name.lower()), None)


def _escaped(text: str) -> str:
    return with_names(html.escape(text, quote=False))
