"""Whatever workers do with their purses, a run's budget is never overdrawn."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from db.repositories.spending import Books
from engine.runs.purse import Purse, slice_of, whole_places

BUDGET = Decimal(5)
WORKERS = 3
amounts = st.decimals("0.0000000001", 2, places=10)


class Room(RuleBasedStateMachine):
    """Three workers spend of one budget. ``stored`` is what the database knows of each."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = BUDGET
        self.stored = [Books() for _ in range(WORKERS)]
        self.purses = [Purse(Books()) for _ in range(WORKERS)]
        self.calls: list[tuple[int, Decimal]] = []
        self.paid = Decimal(0)
        self.paid_by = [Decimal(0)] * WORKERS

    def left(self) -> Decimal:
        """What can still be drawn."""
        return self.budget - sum((books.drawn for books in self.stored), Decimal(0))

    @rule(worker=st.integers(0, WORKERS - 1), amount=amounts)
    def hold(self, worker: int, amount: Decimal) -> None:
        purse = self.purses[worker]
        if not purse.hold(amount):
            purse.give_back()
            self.stored[worker] = purse.books
            left = self.left()
            granted = slice_of(left, amount)
            assert (granted is None) == (left < amount)
            if granted is None:
                return
            assert amount <= granted <= left
            purse.fill(purse.books.drawn + granted)
            self.stored[worker] = purse.books
            assert purse.hold(amount)
        self.calls.append((worker, amount))

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), end=st.sampled_from(["charged", "free", "lost"]))
    def end_a_call(self, data: st.DataObject, end: str) -> None:
        worker, amount = self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))
        purse = self.purses[worker]
        if end == "free":
            purse.let_go(amount)
            return
        cost = whole_places(amount * data.draw(st.decimals(0, 1, places=3)))
        self.paid += cost
        self.paid_by[worker] += cost
        if end == "charged":
            purse.charge(amount, cost)
        else:
            purse.lose(amount)

    @rule(worker=st.integers(0, WORKERS - 1))
    def give_back(self, worker: int) -> None:
        self.purses[worker].give_back()
        self.stored[worker] = self.purses[worker].books

    @rule(worker=st.integers(0, WORKERS - 1))
    def crash(self, worker: int) -> None:
        # What it had in flight is charged for all that anyone knows. Another takes its place, and
        # the row of the dead one stays as it is.
        self.paid += sum((amount for owner, amount in self.calls if owner == worker), Decimal(0))
        self.calls = [call for call in self.calls if call[0] != worker]
        self.budget -= self.stored[worker].drawn
        self.paid -= self.stored[worker].drawn
        self.stored[worker] = Books()
        self.purses[worker] = Purse(Books())
        self.paid_by[worker] = Decimal(0)

    @invariant()
    def never_overdrawn(self) -> None:
        held = sum((amount for _, amount in self.calls), Decimal(0))
        assert self.left() >= 0
        assert self.paid + held <= self.budget
        assert all(purse.idle >= 0 for purse in self.purses)

    @invariant()
    def the_books_know_of_all_that_was_paid(self) -> None:
        for purse, paid in zip(self.purses, self.paid_by, strict=True):
            assert purse.books.charged + purse.books.uncertain >= paid


Room.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestRoom = Room.TestCase


def test_a_slice_is_a_part_of_what_is_left_and_enough_for_the_call() -> None:
    assert slice_of(Decimal(16), Decimal("0.5")) == Decimal(1)
    assert slice_of(Decimal(16), Decimal(3)) == Decimal(3)
    assert slice_of(Decimal(3), Decimal(3)) == Decimal(3)
    assert slice_of(Decimal("2.9999999999"), Decimal(3)) is None
