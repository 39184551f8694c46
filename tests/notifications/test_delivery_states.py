"""Whatever providers, receipts, crashes and clocks do, deliveries keep to their states and nobody is forgotten."""

import time
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from db import deliveries, notices, schema, watch
from notifications import sender as sender_module
from notifications.channel import Outcome, Outgoing, Sent, Verdict
from notifications.sender import Claimed, Sender
from tests import databases
from tests.notifications.conftest import FakeClock, Post, post_of, receive

ENDED = ("failed", "delivered", "cancelled", "expired")
BY_RECEIPT = {"accepted", "sent", "delivered", "undelivered", "failed"}
LEGAL: dict[str, set[str]] = {
    "pending": {"sending", "cancelled", "expired", *BY_RECEIPT},  # a receipt: of what was put back as never taken
    "sending": {"pending", "unknown", "expired", *BY_RECEIPT},
    "unknown": {"pending", "expired", *BY_RECEIPT},
    "accepted": {"sent", "delivered", "undelivered", "failed"},
    "sent": {"delivered", "undelivered", "failed"},
    "undelivered": {"delivered"},
    **{status: set() for status in ENDED},
}
LIST_LAGS = timedelta(seconds=150)  # a message may be missing from the first list, read after two minutes
ANSWERS = [verdict for verdict in Verdict if verdict not in (Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.GONE)]
FIRST = ["sent first", "undelivered first", "failed first"]  # receipts that are faster than the answer
PURPOSES = st.sampled_from(["reply", "alert"])
WHAT: Any = st.one_of(
    st.just("taken"), st.just("silent"), st.just("silent"), st.just("lost"), st.sampled_from(FIRST), st.sampled_from(ANSWERS)
)


class Deliveries(RuleBasedStateMachine):
    """One channel, two of the staff, processes that take the lease from each other, a provider that forgets to answer."""

    @initialize(channel=st.sampled_from(["sms", "telegram"]))
    def open(self, channel: Literal["sms", "telegram"]) -> None:
        self.lent = databases.lent("sqlite")
        self.record = self.lent.__enter__()
        self.clock = FakeClock()
        sender_module.time = self.clock  # type: ignore[assignment]
        self.post: Post = post_of(channel, self.record, self.clock)
        self.staff = [self.post.town.member(f"S{n}") for n in range(2)]
        if channel == "telegram":
            for n, staff_id in enumerate(self.staff):
                self.post.town.link(f"500{n}", staff_id=staff_id)
        self.in_flight: list[tuple[Sender, Claimed]] = []
        self.unlisted: list[tuple[datetime, str, Sent]] = []
        self.doubts: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.references: dict[str, str] = {}
        self.numbers = count(1)
        self.seen: dict[int, str] = {}

    def teardown(self) -> None:
        sender_module.time = time
        if hasattr(self, "record"):
            self.lent.__exit__(None, None, None)

    # What happens

    @rule(who=st.integers(0, 1), purpose=PURPOSES, minutes=st.integers(4, 200))
    def write(self, who: int, purpose: str, minutes: int) -> None:
        with self.record.write() as connection:  # nobody stays stopped, or soon nothing would be sent any more
            connection.execute(schema.suppressions.delete())
            connection.execute(schema.telegram_links.update().values(blocked_at=None))
        self.post.write(
            staff_id=self.staff[who], purpose=purpose, string="alert.acked", fields={"alert": str(next(self.numbers))},
            expires_at=self.clock.now() + timedelta(minutes=minutes),
        )  # fmt: skip

    @rule()
    def claim(self) -> None:
        self.clock.pass_(seconds=1)
        self.in_flight += [(self.post.sender, one) for one in self.post.claim()]
        self.only_legal_moves()

    @rule(what=WHAT, minutes=st.sampled_from([0, 2, 2, 3]), who=st.integers(0, 1), purpose=PURPOSES)
    def send(self, what: Any, minutes: int, who: int, purpose: str) -> None:
        """A little later: what waits, or else something new."""
        self.time_passes(minutes)
        self.claim()
        if not self.in_flight:
            self.write(who, purpose, 60)
            self.claim()
        while self.in_flight:
            self._answer(0, what)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data(), what=WHAT)
    def answer(self, data: st.DataObject, what: Any) -> None:
        self._answer(data.draw(st.integers(0, len(self.in_flight) - 1)), what)

    def _answer(self, which: int, what: Any) -> None:
        sender, claimed = self.in_flight.pop(which)
        sender._busy.discard(claimed.waiting.address_hash)

        async def reply(outgoing: Outgoing) -> Outcome:
            assert self.clock.now() < claimed.waiting.expires_at
            if what == "lost":
                self.doubts[outgoing.token] += 1
                return Outcome(Verdict.UNKNOWN)
            if isinstance(what, Verdict):
                return Outcome(what, code="1", retry_after=5)
            return self._taken(outgoing, what)

        self.post.channel.answers = [reply]
        self.post.call([claimed], sender)
        self.post.channel.answers = []
        self.only_legal_moves()

    def _taken(self, outgoing: Outgoing, how: str) -> Outcome:
        """The provider has it, though its list shows it late; it may not say so, and its receipt may be faster."""
        self.taken[outgoing.token] += 1
        outcome = self.post.channel.accept(outgoing)
        self.unlisted.append(
            (self.clock.now() + LIST_LAGS, outgoing.address, self.post.channel.held[outgoing.address].pop())
        )
        self.references[outgoing.token] = outcome.reference or ""
        if how in FIRST and self.post.channel.name == "sms":
            receive(self.post, outgoing.token, how.split()[0], self.references[outgoing.token], error_class="absent")
            self.only_legal_moves()
        return Outcome(Verdict.UNKNOWN) if how == "silent" else outcome

    @precondition(lambda self: self.references and self.post.channel.name == "sms")
    @rule(data=st.data(), state=st.sampled_from(sorted(BY_RECEIPT)), why=st.sampled_from(["absent", "content", "expired"]))
    def receipt(self, data: st.DataObject, state: str, why: str) -> None:
        token = data.draw(st.sampled_from(list(self.references)[-2:]))
        receive(self.post, token, state, self.references[token], error_class=why)

    @rule()
    def take_over(self) -> None:
        self.post.sender = self.post.another(f"holder {next(self.numbers)}")

    @rule(minutes=st.sampled_from([2, 2, 3, 12]))
    def time_passes(self, minutes: float) -> None:
        self.clock.pass_(minutes=minutes)
        for at, address, sent in self.unlisted:
            if at <= self.clock.now():
                self.post.channel.held[address].append(sent)
        self.unlisted = [one for one in self.unlisted if one[0] > self.clock.now()]
        self.post.resolve()
        self.only_legal_moves()

    @rule()
    def expire(self) -> None:
        with self.record.write() as connection:
            deliveries.expire(connection, now=self.clock.now())

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        row = self.post.town.row(schema.deliveries, data.draw(st.sampled_from(sorted(self.seen))))
        with self.record.write() as connection:
            about = schema.notices.c.id == row["notice_id"]
            notices.withdraw(connection, about, status="cancelled", why="test", now=self.clock.now())

    # What always holds

    @invariant()
    def only_legal_moves(self) -> None:
        if not hasattr(self, "post"):
            return
        for row in self.post.town.rows(schema.deliveries):
            before, after = self.seen.get(row["id"], "pending"), row["status"]
            assert before == after or after in LEGAL[before], f"{before} → {after}"
            assert (row["final_at"] is not None) == (after in (*ENDED, "undelivered")), after
            self.seen[row["id"]] = after

    @invariant()
    def one_live_delivery_a_notice_and_no_notice_forgotten(self) -> None:
        if not hasattr(self, "post"):
            return
        rows = self.post.town.rows(schema.deliveries)
        live = Counter(row["notice_id"] for row in rows if row["status"] in schema.LIVE)
        reached = {row["notice_id"] for row in rows if row["accepted_at"]}
        waiting = {row["notice_id"] for row in rows if row["status"] == "pending"}
        asked = {row["key"] for row in self.post.town.rows(schema.tasks)}
        assert set(live.values()) <= {1}
        for notice in self.post.town.rows(schema.notices, schema.notices.c.purpose != "trouble"):
            if notice["status"] == "open":
                assert live[notice["id"]] == 1
            if notice["status"] == "told":
                assert notice["id"] in reached
                assert notice["id"] not in waiting
            if notice["status"] == "undeliverable":
                assert f"undelivered:n{notice['id']}" in asked

    @invariant()
    def a_notice_is_told_by_a_delivery_or_by_none(self) -> None:
        if not hasattr(self, "post"):
            return
        with self.record.read() as connection:
            assert connection.execute(watch.MISTOLD).scalar_one() == 0

    @invariant()
    def a_text_is_taken_once(self) -> None:
        """Telegram may take one twice, but then it counts as sending an unknown again. Nothing goes thrice."""
        if not hasattr(self, "post"):
            return
        for row in self.post.town.rows(schema.deliveries):
            allowed = 1 if self.post.channel.name == "sms" else 1 + row["resends"]
            assert self.taken[row["token"]] <= allowed
            assert self.doubts[row["token"]] <= 2


def played(times: int) -> Any:
    case = type("Deliveries", (Deliveries.TestCase,), {})
    case.settings = settings(
        max_examples=times,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a machine on a real database takes minutes
    )
    return case


TestDeliveries = played(40)
TestDeliveriesAtLength = pytest.mark.long(played(400))
