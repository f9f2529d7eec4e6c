"""What a person is told when something they did was not taken: what happened, and what to do."""

from bot.playground.changes import Noticed
from bot.playground.slack import Slack

_REASONS = {
    "operation_timeout": (
        "{app} did not answer within {seconds:g} seconds. What it has begun may still arrive; "
        "if nothing does, try again."
    ),
    "dispatch_failed": "{app} is not connected, so nothing was sent. Try again once it is.",
    "not_supported_in_threads": "Commands work in channels, not in threads. Send it in the channel.",
    "unknown_command": "No app here has this command. Type / to see those there are.",
    "action_not_found": "What you pressed has changed since. Try again on what stands there now.",
    "view_not_found": "This dialog is not open any more. Open it again.",
    "message_not_found": "The message is not there any more.",
    "home_tab_disabled": "{app} has no Home tab.",
    "interactivity_disabled": "The app's manifest has interactivity off. Turn it on.",
}
_OTHER = "{app} and Slack did not understand each other. The app's log says more."


def failure_notice(slack: Slack, user: str, what: str, error: str, channel: str | None) -> Noticed:
    """About the app whose local Slack this is; `what` begins the sentence: a command's name, or "That"."""
    reason = _REASONS.get(error, _OTHER).format(
        app=slack.app.manifest.app_name, seconds=slack.config.ack_timeout_seconds
    )
    return Noticed(user, "error", f'{what} failed with the error "{error}". {reason}', channel)
