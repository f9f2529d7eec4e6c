"""The weekly ranking."""

from collections.abc import Sequence

from bot.messages.blocks import Block, context, escape, header, plain


def report_message(
    *,
    report_id: str,
    title: str,
    headline: str,
    header_row: Sequence[str],
    rows: Sequence[Sequence[str]],
    caveats: Sequence[str],
    footer: str,
) -> tuple[str, list[Block]]:
    """The ranking as a table: two columns of words (rank and model), the others are figures."""
    blocks: list[Block] = [header(title), {"type": "section", "text": plain(headline)}]
    if rows:
        blocks.append(
            {
                "type": "table",
                "column_settings": [{"align": "left"}] * 2 + [{"align": "right"}] * (len(header_row) - 2),
                "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in (header_row, *rows)],
            }
        )
    if caveats:
        blocks.append(context("\n".join(f"• {escape(caveat)}" for caveat in caveats)))
    blocks.append({**context(footer), "block_id": report_block_id(report_id)})
    return f"{escape(title)}: {escape(headline)}", blocks


def report_block_id(report_id: str) -> str:
    return f"report.{report_id}"
