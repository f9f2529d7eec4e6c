"""A model that does what a test says: it counts, fails on order, and can be held in the middle of a step."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from generation.text_model import Piece, Prepared, WritingOrder


def order(
    model: str = "tiny", max_tokens: int | None = 3, prompt: str = "four", **fields: object
) -> WritingOrder:
    messages = ({"role": "user", "content": prompt},)
    settings = {"temperature": 1.0, "top_p": 1.0, "seed": 1} | fields
    return WritingOrder(model, messages, max_tokens=max_tokens, **settings)  # type: ignore[arg-type]


@dataclass
class ScriptedModel:
    """Implements TextModel: every text reads "1 2 3 …" up to its max_tokens, one number a step.

    `before_step` is called with the number of the step, from 1, and may raise or wait.
    """

    rows: int = 8
    before_step: Callable[[int], object] = lambda step: None
    revision: str = "r1"
    precision: str = "float32"
    device: str = "cpu"
    method: str = "scripted"
    fallback_ops: tuple[str, ...] = ()
    steps: int = 0
    admitted: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    batch: dict[str, WritingOrder] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)

    def prepare(self, order: WritingOrder) -> Prepared:
        content = order.messages if isinstance(order.messages, str) else order.messages[-1]["content"]
        return Prepared(tuple(range(len(content))))

    def has_room(self, prepared: Prepared, order: WritingOrder) -> bool:
        return len(self.batch) < self.rows

    def admit(self, key: str, prepared: Prepared, order: WritingOrder) -> None:
        assert self.has_room(prepared, order)
        self.batch[key], self.written[key] = order, 0
        self.admitted.append(key)

    def step(self) -> Mapping[str, Piece]:
        self.steps += 1
        self.before_step(self.steps)
        pieces = {key: self._count(key, order) for key, order in self.batch.items()}
        for key, piece in pieces.items():
            if piece.finish_reason:
                del self.batch[key]
        return pieces

    def drop(self, key: str) -> None:
        if self.batch.pop(key, None) is not None:
            self.dropped.append(key)

    def _count(self, key: str, order: WritingOrder) -> Piece:
        self.written[key] += 1
        written = self.written[key]
        return Piece(f"{written} ", written, "length" if written == order.max_tokens else None)


class Hold:
    """For `before_step`: stops at one step until it is let go on."""

    def __init__(self, at_step: int) -> None:
        self._at_step = at_step
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, step: int) -> None:
        if step == self._at_step:
            self.reached.set()
            self.go_on.wait()
