"""Markdown as plain text, for places that take none: what is marked up stays readable without its marks.

Blocks stand as far apart as their writer left them. Lists keep their bullets and numbers, links their
addresses, tables become lines.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from generation.content_types import TextFormat

BULLET: Final = "• "
INDENT: Final = "  "
CELLS_APART: Final = " | "
RULE: Final = "---"


def plain_text(text: str, text_format: TextFormat) -> str:
    """`text` without markup, ready to be pasted where none is understood; JSON on lines of its own.

    Models write Markdown also where they are told not to, so plain texts go the same way, but in those
    nothing is code for being indented, a heading for being underlined, or HTML.
    """
    if text_format is TextFormat.JSON:
        return indented(text)
    parser = _MARKDOWN if text_format is TextFormat.MARKDOWN else _ALMOST_PLAIN
    lines = text.splitlines()
    return _blocks(SyntaxTreeNode(parser.parse("\n".join(lines))).children, lines).strip()


def indented(text: str) -> str:
    """JSON on lines of its own; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _blocks(nodes: Sequence[SyntaxTreeNode], lines: Sequence[str]) -> str:
    written = ""
    for node in nodes:
        begins_at = node.map[0] if node.map is not None else 0
        is_close = begins_at > 0 and lines[begins_at - 1].strip(" \t>") != ""
        between = "" if not written else "\n" if is_close else "\n\n"
        written += between + _block(node, lines)
    return written


def _block(node: SyntaxTreeNode, lines: Sequence[str]) -> str:
    match node.type:
        case "inline":
            return _inline(node.children)
        case "fence" | "code_block" | "html_block":
            return node.content.rstrip("\n")
        case "hr":
            return RULE
        case "list_item":
            is_numbered = node.parent is not None and node.parent.type == "ordered_list"
            mark = f"{node.info}{node.markup} " if is_numbered else BULLET
            return mark + _blocks(node.children, lines).replace("\n", f"\n{INDENT}")
        case "tr":
            return CELLS_APART.join(_blocks(cell.children, lines) for cell in node.children)
        case "table" | "thead" | "tbody":
            return "\n".join(_block(child, lines) for child in node.children)
    return _blocks(node.children, lines)


def _inline(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(_piece(node) for node in nodes)


def _piece(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            return _with_address(_inline(node.children), node.attrs, "href")
        case "image":
            return _with_address(node.content, node.attrs, "src")
    return _inline(node.children) if node.children else node.content


def _with_address(words: str, attributes: Mapping[str, object], name: str) -> str:
    address = str(attributes.get(name, ""))
    if not words or address in (words, f"mailto:{words}"):
        return words or address
    return f"{words} ({address})"


def _times(state: StateInline, silent: bool) -> bool:
    """2*3*4 is a product: an asterisk between letters or digits is no mark."""
    source, place = state.src, state.pos
    if source[place] != "*" or not source[max(place - 1, 0)].isalnum():
        return False
    if not source[place + 1 : place + 2].isalnum():
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


def _parser(rules_off: Sequence[str] = ()) -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(list(rules_off))
    rule: Callable[[StateInline, bool], bool] = _times
    parser.inline.ruler.before("emphasis", "times", rule)
    return parser


_MARKDOWN: Final = _parser()
_ALMOST_PLAIN: Final = _parser(
    ("code", "lheading", "html_block", "html_inline", "entity", "escape", "reference")
)
