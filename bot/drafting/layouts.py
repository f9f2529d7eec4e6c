"""What a request's message shows, as its rows are now: the text, who corrected it, or that it is gone."""

from collections.abc import Mapping, Sequence

from bot import messages, texts
from bot.messages import Half, Layout
from evaluation.store import CurrentText
from evaluation.tables import Draft, DraftPair, DraftRequest
from generation.content_types import ContentType


def draft_layout(
    request: DraftRequest,
    draft: Draft,
    content_type: ContentType,
    current: CurrentText,
    parent: Draft | None,
) -> Layout:
    """One draft. `parent` is the draft that it was rewritten from."""
    if draft.discarded_by is not None:
        layout = messages.discarded_message(
            label=draft.label,
            discarded_by=draft.discarded_by,
            topic=request.topic,
            caption=texts.placeholder_caption(content_type.title, request.requester_id),
        )
    else:
        layout = messages.draft_message(
            draft_id=draft.id,
            label=draft.label,
            content_type=content_type,
            topic=request.topic,
            text=current.text,
            requester_id=request.requester_id,
            rated=request.rated,
            edited_by=current.editor_id,
            rewritten_from=_origin(request, parent),
        )
    return _findable(layout, request)


def pair_layout(
    request: DraftRequest,
    drafts: Sequence[Draft],
    pair: DraftPair,
    content_type: ContentType,
    current: Mapping[str, CurrentText],
) -> Layout:
    """Two drafts in the order that was drawn."""
    halves = {draft.id: _half(draft, current[draft.id]) for draft in drafts}
    layout = messages.pair_message(
        pair_id=pair.id,
        left=halves[pair.left_draft_id],
        right=halves[pair.right_draft_id],
        content_type=content_type,
        topic=request.topic,
        requester_id=request.requester_id,
    )
    return _findable(layout, request)


def _findable(layout: Layout, request: DraftRequest) -> Layout:
    """The caption carries the block id by which the message is found again after a crash."""
    text, blocks = layout
    caption = {**blocks[1], "block_id": messages.request_block_id(request.id)}
    return text, [blocks[0], caption, *blocks[2:]]


def _half(draft: Draft, current: CurrentText) -> Half:
    return Half(draft.id, draft.label, current.text, current.editor_id, draft.discarded_by)


def _origin(request: DraftRequest, parent: Draft | None) -> str | None:
    if parent is None or request.instruction is None:
        return None
    return texts.rewritten_from(parent.label, messages.escape(request.instruction))
