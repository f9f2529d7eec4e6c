"""Keeping a text within its bounds of words, without ever having to take back what was shown."""

import re

# A mark, what closes after it, and white space that proves it no decimal point; or the end of a line.
_SENTENCE_END = re.compile(r"""[.!?…。！？]["'”’»)\]*_]*(?=\s)|[^\s](?=\s*\n)""")
_FINAL_MARK = re.compile(r"""[.!?…。！？]["'”’»)\]*_]*$""")


class LengthBounds:
    """Shows a text so that it can end with a whole sentence before it exceeds `max_words`.

    After the first sentence, a sentence is shown once it is whole. Without `max_words` all is shown at once.
    """

    def __init__(self, max_words: int | None) -> None:
        self._max_words = max_words
        self._text = ""
        self._shown = 0
        self._sentence_end = 0
        self.exceeded = False

    @property
    def words(self) -> int:
        """Words so far, the last one perhaps incomplete."""
        return len(self._text.split())

    @property
    def is_whole(self) -> bool:
        """Whether what is shown ends with a whole sentence."""
        return self._sentence_end > 0 or bool(_FINAL_MARK.search(self._text[: self._shown]))

    def push(self, text: str) -> str:
        """What can be shown now. Sets `exceeded` once the text has become too long."""
        self._text += text
        if self._max_words is None:
            return self._show(len(self._text))
        if text and self.words > self._max_words:
            self.exceeded = True
            return self._show(self._sentence_end or self._end_of_words())
        for end in _SENTENCE_END.finditer(self._text, self._sentence_end):
            self._sentence_end = end.end()
        return self._show(self._sentence_end or len(self._text.rstrip()))

    def finish(self, *, cut: bool) -> str:
        """The rest of an ended text; of one that was cut off, only whole sentences if it has any."""
        if self._max_words is None or not cut:
            return self._show(len(self._text))
        if _FINAL_MARK.search(self._text):
            self._sentence_end = len(self._text)
        return self._show(self._sentence_end or len(self._text))

    def _end_of_words(self) -> int:
        words = list(re.finditer(r"\S+", self._text))
        return words[(self._max_words or 1) - 1].end()

    def _show(self, end: int) -> str:
        shown, self._shown = self._text[self._shown : end], max(self._shown, end)
        return shown
