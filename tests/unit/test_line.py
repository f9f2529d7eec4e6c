"""Who has a turn and who waits."""

from bot.drafting.line import Going, Line
from bot.drafting.telling import no_address


def going(request_id: str) -> Going:
    return Going(request_id, no_address)


class TestLine:
    def test_so_many_have_their_turn_and_the_others_wait_in_order(self) -> None:
        begun: list[Going] = []
        line = Line(2, begun.append)
        assert [line.take_turn(going(name)) for name in "abcd"] == [True, True, False, False]
        assert [line.ahead(name) for name in "abcd"] == [0, 0, 2, 3]
        line.end_turn("b")
        line.end_turn("a")
        assert [each.request_id for each in begun] == ["c", "d"]

    def test_somebody_who_comes_now_would_be_the_last(self) -> None:
        line = Line(1, lambda _: None)
        assert line.ahead("a") == 0
        line.take_turn(going("a"))
        line.take_turn(going("b"))
        assert line.ahead("c") == 2

    def test_a_turn_that_has_come_is_kept_until_it_ends(self) -> None:
        line = Line(1, lambda _: None)
        line.take_turn(going("a"))
        line.take_turn(going("b"))
        line.end_turn("a")
        assert line.take_turn(going("b"))
        assert not line.take_turn(going("c"))

    def test_who_waits_twice_has_one_place(self) -> None:
        begun: list[Going] = []
        line = Line(1, begun.append)
        for name in "abbc":
            line.take_turn(going(name))
        assert line.ahead("c") == 2

    def test_who_gave_up_is_passed_over(self) -> None:
        begun: list[Going] = []
        line = Line(1, begun.append)
        for name in "abc":
            line.take_turn(going(name))
        line.drop("b")
        assert "b" not in line
        line.end_turn("a")
        assert [each.request_id for each in begun] == ["c"]

    def test_to_end_what_has_no_turn_changes_nothing(self) -> None:
        begun: list[Going] = []
        line = Line(1, begun.append)
        line.take_turn(going("a"))
        line.take_turn(going("b"))
        line.end_turn("b")
        assert (begun, "b" in line) == ([], True)

    def test_after_closing_nobody_begins(self) -> None:
        begun: list[Going] = []
        line = Line(1, begun.append)
        line.take_turn(going("a"))
        line.take_turn(going("b"))
        line.close()
        line.end_turn("a")
        assert begun == []
