"""The pace: reckoned by one rule, kind at every edge, and never a promise."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import pace
from db.hours import Balance
from db.pace import Day, Pace, reckon

TODAY = date(2026, 6, 10)
BY = date(2026, 8, 31)
WEEKLY = [date(2026, 5, 13) + timedelta(weeks=n) for n in range(5)]  # the last on 10 June


def balance(total: int = 100, done: int = 0, *, other: int = 0, allocated: int = 0) -> Balance:
    """In hours."""
    return Balance(total * 60, 0, done * 60, other * 60, allocated * 60, TODAY)


def worked(*days: date, hours: float = 6, activity: str = "unpaid_work") -> list[Day]:
    return [(day, activity, int(hours * 60)) for day in days]


def of(
    one: Balance, *, status: str = "active", by: date = BY, done: list[Day] | None = None, booked: list[Day] | None = None,
    today: date = TODAY,
) -> Pace:  # fmt: skip
    return reckon(one, status, by, worked=done or [], booked=booked or [], today=today)


def test_steady_weeks_say_when_it_ends_and_what_it_takes() -> None:
    found = of(balance(100, 30), done=worked(*WEEKLY))
    assert found.kind == "in_time"
    assert found.week == 6 * 60
    assert found.finish == TODAY + timedelta(days=82)  # 70 hours at 6 a week
    assert found.need == 6 * 60  # 70 hours in 83 days, rounded up to half an hour


def test_a_pace_that_ends_after_the_date_says_what_would_make_it() -> None:
    found = of(balance(100, 15), done=worked(*WEEKLY, hours=3))
    assert found.kind == "behind"
    assert found.finish is not None
    assert found.finish > BY
    assert found.need == 7 * 60 + 30


def test_ending_on_the_very_day_is_in_time() -> None:
    last = TODAY + timedelta(days=70)
    assert of(balance(90, 30), by=last, done=worked(*WEEKLY)).kind == "in_time"
    assert of(balance(90, 30), by=last - timedelta(days=1), done=worked(*WEEKLY)).kind == "behind"


@pytest.mark.parametrize(
    "done",
    [[], worked(TODAY), worked(TODAY, TODAY), worked(TODAY, TODAY - timedelta(days=2))],
    ids=["no hours yet", "one session", "twice on one day", "twice in one week"],
)
def test_too_little_is_known_for_a_pace(done: list[Day]) -> None:
    assert of(balance(40), done=done) == Pace("needed", 2400, BY, 210)


def test_what_is_booked_speaks_where_nothing_is_worked_yet() -> None:
    ahead = [TODAY + timedelta(weeks=n) for n in range(1, 4)]
    assert of(balance(40), booked=worked(*ahead)).kind == "in_time"
    assert of(balance(40), booked=worked(*ahead[:1])).kind == "needed"
    all_at_once = worked(*(TODAY + timedelta(days=n) for n in range(1, 4)))
    assert of(balance(40), booked=all_at_once).kind == "needed"


def test_work_taken_back_is_no_day_worked() -> None:
    twice = worked(*WEEKLY[-2:])
    assert of(balance(100, 6), done=[*twice, (WEEKLY[-1], "unpaid_work", -360)]).kind == "needed"


def test_long_ago_is_not_lately() -> None:
    old = [date(2026, 2, 2), date(2026, 2, 9)]
    assert of(balance(100, 12), done=worked(*old)).kind == "needed"


@pytest.mark.parametrize("status", ["suspended", "breached"])
def test_nothing_is_reckoned_while_an_order_is_not_worked_on(status: str) -> None:
    assert of(balance(100, 30), status=status, done=worked(*WEEKLY)).kind == "on_hold"


def test_nothing_left_is_done_whatever_the_date() -> None:
    assert of(balance(30, 30), by=TODAY - timedelta(days=9), done=worked(*WEEKLY)).kind == "done"
    assert of(balance(30, 31)).kind == "done"


def test_a_date_that_is_over_is_for_a_worker() -> None:
    assert of(balance(100, 30), by=TODAY - timedelta(days=1), done=worked(*WEEKLY)) == Pace(
        "past", 4200, TODAY - timedelta(days=1)
    )


def test_more_than_a_full_week_of_work_is_not_asked_for() -> None:
    assert of(balance(100, 30), by=TODAY + timedelta(days=10), done=worked(*WEEKLY)).kind == "short"
    last_day = of(balance(40, 30), by=TODAY, done=worked(*WEEKLY))
    assert (last_day.kind, last_day.need) == ("behind", 600)


def test_other_activity_helps_only_while_it_has_room() -> None:
    half = [*worked(*WEEKLY[::2]), *worked(*WEEKLY[1::2], activity="other_activity")]
    room = of(balance(100, 30, other=12, allocated=30), done=half)
    full = of(balance(100, 30, other=30, allocated=30), done=half)
    assert room.finish is not None
    assert full.finish is not None
    assert room.finish < full.finish
    only_other = worked(*WEEKLY, activity="other_activity")
    assert of(balance(100, 30, other=30, allocated=30), done=only_other).kind == "needed"


def test_a_trickle_names_no_year() -> None:
    assert of(balance(300, 1), by=date(2026, 12, 31), done=worked(*WEEKLY[-2:], hours=0.5)).kind == "needed"


ROWS = st.tuples(st.integers(0, 60), st.integers(-480, 480), st.sampled_from(["unpaid_work", "other_activity"]))


@given(
    total=st.integers(20, 300), share=st.floats(0, 1), days=st.integers(-30, 400),
    lengths=st.lists(ROWS, max_size=20), allocated=st.integers(0, 30),
)  # fmt: skip
def test_whatever_the_ledger_holds_the_numbers_hold_together(
    total: int, share: float, days: int, lengths: list[tuple[int, int, str]], allocated: int
) -> None:
    done = [(TODAY - timedelta(days=ago), activity, minutes) for ago, minutes, activity in lengths]
    by = TODAY + timedelta(days=days)
    one = balance(total, int(total * share), allocated=allocated)
    found = of(one, by=by, done=done)
    assert found.left == one.left
    assert (found.finish is not None) == (found.kind in ("in_time", "behind"))
    if found.finish is not None:
        assert (found.finish <= by) == (found.kind == "in_time")
        assert found.finish > TODAY
        assert found.week > 0
    if found.kind in ("needed", "in_time", "behind"):
        assert found.need * max(days + 1, 7) >= found.left * 7  # so much a week is enough
        assert 0 < found.need <= pace.FULL_WEEK
        assert found.need % pace.STEP == 0
