"""Which kind of text a draft is."""

from bot.settings import Settings
from evaluation import store
from evaluation.database import Database
from evaluation.tables import Draft
from generation.content_types import ContentType


async def content_type_of(database: Database, settings: Settings, draft: Draft) -> ContentType | None:
    """The draft's kind as copydesk.toml declares it now; None for one that is no longer declared."""
    request = await database.read(store.find_request, draft.request_id)
    return settings.content_types.get(request.content_type) if request is not None else None
