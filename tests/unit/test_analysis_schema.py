"""docs/analysis-schema.md names every field of the document with its type, and nothing else."""

import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel

from evaluation.analysis import document

PAGE = (Path(__file__).parents[2] / "docs" / "analysis-schema.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PARTS = {
    name: part
    for name, part in vars(document).items()
    if isinstance(part, type) and issubclass(part, BaseModel) and part.__module__ == document.__name__
    if not name.startswith("_")
}
WORDS = {
    AwareDatetime: "time",
    float: "number",
    int: "integer",
    str: "string",
    bool: "boolean",
    NoneType: "null",
}


def type_words(annotation: Any) -> str:
    """A type as the page calls it: `[number, number] or null`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(map(type_words, arguments))
    if origin is Literal:
        return r" \| ".join(f"`{value}`" for value in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list of {type_words(arguments[0])}"
    if origin is tuple:
        return f"[{', '.join(map(type_words, arguments))}]"
    if origin is dict:
        return f"object of {type_words(arguments[1])}"
    return WORDS.get(annotation) or str(annotation.__name__)


def test_every_part_has_a_section() -> None:
    assert set(SECTIONS) == set(PARTS)


@pytest.mark.parametrize("name", PARTS)
def test_every_field_has_a_row_with_its_type_and_meaning(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", SECTIONS[name], re.MULTILINE)
    documented = {field: words for field, words, _ in rows}
    assert documented == {
        field: type_words(info.annotation) for field, info in PARTS[name].model_fields.items()
    }
    assert all(meaning.strip() for _, _, meaning in rows)
