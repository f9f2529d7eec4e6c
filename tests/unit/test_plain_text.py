"""Copy-ready text: nothing lost but the marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plain_text import plain_text
from generation.content_types import TextFormat

ARTICLE = """# Tea at *work*

Why **tea** helps, as `kettle --on` shows:
1. It is _warm_.
2. See [the study](https://example.com/tea) or <https://example.com>.
   - nested, ~~old~~ new

> A quotation
> in two lines.

```python
boil(water=2*3)
```

| leaf | minutes |
|------|---------|
| green | 3 |

---
![a cup](cup.png) &amp; done\\*
"""

PLAIN_ARTICLE = """Tea at work

Why tea helps, as kettle --on shows:
1. It is warm.
2. See the study (https://example.com/tea) or https://example.com.
  • nested, old new

A quotation
in two lines.

boil(water=2*3)

leaf | minutes
green | 3

---
a cup (cup.png) & done*"""


def test_markdown_keeps_its_words_lists_links_code_and_tables() -> None:
    assert plain_text(ARTICLE, TextFormat.MARKDOWN) == PLAIN_ARTICLE


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("**Stop.**\nThink twice:\n- one\n- two\n\nWhich is yours? #RemoteWork", None),
        ("2*3*4 is 24, and snake_case_stays", "2*3*4 is 24, and snake_case_stays"),
        ("Dear Ada,\n\n    five spaces\n\nBen", "Dear Ada,\n\nfive spaces\n\nBen"),
        ("AT&amp;T <b>stays</b> as shown \\o/", "AT&amp;T <b>stays</b> as shown \\o/"),
        ("Title\n---\n[1]: https://example.com", "Title\n---\n[1]: https://example.com"),
        ("✅ one\n✅ two\n\n\n👉 three", "✅ one\n✅ two\n\n👉 three"),
    ],
)
def test_a_plain_text_loses_only_what_a_model_marked_up(written: str, plain: str | None) -> None:
    expected = plain or "Stop.\nThink twice:\n• one\n• two\n\nWhich is yours? #RemoteWork"
    assert plain_text(written, TextFormat.PLAIN) == expected


def test_json_stands_on_lines_of_its_own() -> None:
    assert plain_text('{"ok": ["ü"]}', TextFormat.JSON) == '{\n  "ok": [\n    "ü"\n  ]\n}'
    assert plain_text("{broken", TextFormat.JSON) == "{broken"


WORDS = st.text(st.characters(categories=("L", "N", "Zs"), include_characters="*_#->.!:()&"), max_size=80)


@given(st.lists(WORDS).map("\n".join))
def test_no_letter_of_a_plain_text_is_lost(text: str) -> None:
    plain = plain_text(text, TextFormat.PLAIN)
    assert [each for each in plain if each.isalpha()] == [each for each in text if each.isalpha()]
