"""Entities as Slack's Web API and events show them."""

from urllib.parse import quote

from bot.playground.entities import (
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    File,
    Json,
    Message,
    User,
)
from bot.playground.file_kinds import filetype_of
from bot.playground.slack import Slack


def team_payload() -> Json:
    return {"id": TEAM_ID, "domain": TEAM_DOMAIN}


def user_payload(user: User) -> Json:
    """A user object, as in users.info."""
    return {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.name,
        "deleted": False,
        "color": user.color,
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "team": TEAM_ID,
        },
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }


def channel_payload(slack: Slack, channel: Channel) -> Json:
    """A conversation object, as in conversations.info."""
    body: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_channel": channel.kind == "channel" and not channel.is_private,
        "is_group": channel.is_private,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "context_team_id": TEAM_ID,
    }
    if channel.kind == "im":
        return {**body, "user": channel.with_user, "is_user_deleted": False, "is_open": True}
    return {
        **body,
        "name": channel.name,
        "name_normalized": channel.name,
        "creator": channel.creator,
        "is_general": channel.name == "general",
        "is_member": slack.app.bot_user in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }


def message_payload(slack: Slack, message: Message) -> Json:
    """A message object, as in conversations.history: what does not apply is left out."""
    parts: Json = {
        "type": "message",
        "subtype": _subtype(message),
        "hidden": message.is_tombstone or None,
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM_ID,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "parent_user_id": _parent_user(slack, message),
        "is_ephemeral": message.ephemeral_to is not None or None,
        "edited": {"user": message.user, "ts": message.edited_ts} if message.edited_ts else None,
        "metadata": message.metadata,
        "reactions": reactions_payload(message) or None,
        "files": [file_payload(slack, slack.workspace.file(file_id)) for file_id in message.files] or None,
        "upload": bool(message.files) or None,
        "username": message.username,
        "icons": message.icons,
        **_author(slack, message),
        **_thread_summary(slack, message),
    }
    return {key: value for key, value in parts.items() if value is not None}


def _subtype(message: Message) -> str | None:
    if message.is_tombstone:
        return "tombstone"
    if message.is_broadcast:
        return "thread_broadcast"
    return "bot_message" if message.username or message.icons else None


def reactions_payload(message: Message) -> list[Json]:
    """Emoji under a message, in the order they came."""
    return [
        {"name": reaction.name, "users": list(reaction.users), "count": len(reaction.users)}
        for reaction in message.reactions
    ]


def file_payload(slack: Slack, file: File) -> Json:
    """A file object; of a deleted file only a stone is left."""
    if file.is_deleted:
        return {"id": file.id, "mode": "tombstone"}
    private = f"{slack.origin}/files-pri/{TEAM_ID}-{file.id}"
    name = quote(file.name, safe="")
    body: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": filetype_of(file.name, file.mimetype),
        "user": file.user,
        "user_team": TEAM_ID,
        "size": file.size_bytes,
        "mode": "hosted",
        "is_external": False,
        "is_public": True,
        "file_access": "visible",
        "permalink": f"{slack.origin}/files/{file.user}/{file.id}/{name}",
        "url_private": f"{private}/{name}",
        "url_private_download": f"{private}/download/{name}",
    }
    if file.alt_txt:
        body["alt_txt"] = file.alt_txt
    if file.width is not None:
        body |= {"original_w": file.width, "original_h": file.height}
    return body


def permalink(slack: Slack, message: Message) -> str:
    """Where a message is, in the form of Slack's own addresses."""
    address = f"{slack.origin}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return address


def _author(slack: Slack, message: Message) -> Json:
    """What marks a message as an app's."""
    if message.bot_id is None:
        return {}
    app = slack.of_bot(message.bot_id).app
    name = slack.workspace.user(message.user).real_name
    profile = {"id": message.bot_id, "app_id": app.id, "name": name, "team_id": TEAM_ID, "deleted": False}
    return {"bot_id": message.bot_id, "app_id": app.id, "bot_profile": profile}


def _parent_user(slack: Slack, message: Message) -> str | None:
    if not message.is_reply or message.thread_ts is None:
        return None
    parent = slack.workspace.find_message(message.channel, message.thread_ts)
    return parent.user if parent else None


def _thread_summary(slack: Slack, message: Message) -> Json:
    replies = [] if message.is_reply else slack.workspace.replies(message)
    if not replies:
        return {}
    repliers = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": repliers,
        "reply_users_count": len(repliers),
        "latest_reply": replies[-1].ts,
    }
