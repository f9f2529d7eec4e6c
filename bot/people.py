"""Who somebody in Slack is, as far as ratings need to know."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


class People:
    """Remembers who is a bot, so that each person is looked up once per start."""

    def __init__(self, slack: AsyncWebClient) -> None:
        self._slack = slack
        self._is_bot: dict[str, bool] = {}

    async def time_zone(self, user_id: str) -> str | None:
        """The IANA time zone that a person has in Slack, asked anew each time; None where it gives none."""
        answer = await self._slack.users_info(user=user_id)
        return answer["user"].get("tz") or None

    async def is_bot(self, user_id: str) -> bool:
        """True for bots and for people Slack no longer knows: neither can rate."""
        if user_id not in self._is_bot:
            try:
                answer = await self._slack.users_info(user=user_id)
            except SlackApiError as error:
                if error.response["error"] != "user_not_found":
                    raise
                return True
            user = answer["user"]
            self._is_bot[user_id] = bool(user.get("is_bot")) or user_id == "USLACKBOT"
        return self._is_bot[user_id]
