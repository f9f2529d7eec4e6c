"""Who has a turn and who waits: so many at a time, the others in the order in which they came.

Who waits is remembered by the request's id alone: what was asked for stands in the database, so thousands
may wait.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, takewhile

from bot.drafting.telling import Tell


@dataclass(frozen=True, slots=True)
class Going:
    """A request to go on with, and how: whom to tell, and what was done for it before."""

    request_id: str
    tell: Tell
    resumed: bool = False
    is_announced: bool = False


class Line:
    """`places` requests have their turn at the same time. `begin` is called with each whose turn comes."""

    def __init__(self, places: int, begin: Callable[[Going], None]) -> None:
        self._places = places
        self._begin = begin
        self._coming: dict[str, None] = {}
        self._having: set[str] = set()
        self._waiting: dict[str, Going] = {}

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._waiting

    def expect(self, request_id: str) -> None:
        """It will ask for its turn, after all that asked or were expected before."""
        self._coming.setdefault(request_id)

    def ahead(self, request_id: str) -> int:
        """How many are before this request; 0 for one that has its turn or will have it at once."""
        if request_id in self._having:
            return 0
        before = len(self._having) + _index(self._waiting, request_id)
        if request_id not in self._waiting:
            before += _index(self._coming, request_id)
        return before if before >= self._places else 0

    def first(self, count: int) -> list[str]:
        """Those whose turns come next."""
        return list(islice(self._waiting, count))

    def take_turn(self, going: Going) -> bool:
        """True where it is this request's turn; else it waits from now on."""
        self._coming.pop(going.request_id, None)
        if going.request_id in self._having:
            return True
        if len(self._having) < self._places:
            self._having.add(going.request_id)
            return True
        self._waiting.setdefault(going.request_id, going)
        return False

    def end_turn(self, request_id: str) -> None:
        """The next one's turn comes. One that has none is expected no longer, if it was."""
        self._coming.pop(request_id, None)
        if request_id not in self._having:
            return
        self._having.remove(request_id)
        if self._waiting:
            following = self._waiting.pop(next(iter(self._waiting)))
            self._having.add(following.request_id)
            self._begin(following)

    def drop(self, request_id: str) -> None:
        """Waits no longer."""
        self._waiting.pop(request_id, None)

    def close(self) -> None:
        """Nobody's turn comes any more."""
        self._waiting.clear()


def _index(names: Iterable[str], name: str) -> int:
    """How many stand before it; all of them where it does not stand there."""
    return sum(1 for _ in takewhile(lambda each: each != name, names))
