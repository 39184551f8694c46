"""The one active sender of a channel: claims what is due, calls the provider, records the answer.

A row is `sending` in the database before the provider is called, and no connection is held while it is. So a crash
leaves a mark instead of a doubt that nobody sees, and a slow provider cannot use up the database.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection

from db import claims, deliveries, eligibility, faults, leases, notices, pauses, unreadable
from db.claims import Intent, Waiting
from db.clock import Clock
from db.council import Council
from db.deliveries import SAID_AGAIN, Taken, Unknown
from db.eligibility import Facts, Hold, Refusal
from db.leases import Held
from db.pauses import Pause
from db.people import Person, Staff
from db.prepared import together
from db.record import Record
from notifications.channel import Channel, Outcome, Outgoing, ProviderUnreachable, Verdict
from notifications.rates import Rates
from notifications.rendering import Rendered, Renderer

SLOTS = 8  # calls at once; python-telegram-bot's transport gets slower beyond
LOOKS = 8  # at what waits, in one transaction, before others may write
TOGETHER = 0.005  # seconds that an answer waits for others, to be recorded with them in one commit
POLL = 0.2  # seconds between looks when nothing wakes us
STALLED = 5.0  # seconds after which a claimed row is not sent any more: another holder may have it
SHORTEST_LIFE = timedelta(seconds=60)  # a text with less time left than this is not sent
# So many different recipients left in doubt within a minute, and nobody reached between them, pause the channel: a
# provider that answers with pages of a broken front end must not use up everybody's message.
DOUBTED_RECIPIENTS = 10
NO_PROOF = frozenset({Verdict.ACCOUNT, Verdict.CONFIG, Verdict.BUSY, Verdict.RETRY, Verdict.UNKNOWN})
"""Answers to a probe that leave the channel paused: any other comes from a provider that takes our messages."""
LONGEST_WAIT = 24 * 3600.0  # seconds; a provider that says more is not well
RESOLVE_EVERY = 5.0  # seconds between looks at what is unknown
# So far back the provider's list is read for an unknown text: its dates are of the provider's clock, and ours may be
# wrong by hours. The same words to the same number within a day, and no other delivery's, have told what they tell.
CLOCKS_DIFFER = timedelta(days=1)

log = logging.getLogger("turnup.sender")


@dataclass(frozen=True, slots=True)
class Letter:
    waiting: Waiting
    person: Person | None
    member: Staff | None


@dataclass(frozen=True, slots=True)
class Claimed:
    waiting: Waiting
    rendered: Rendered
    fence: int
    at: float  # monotonic
    is_probe: bool = False  # shows whether a paused channel works again


Answer = tuple[Claimed, Outcome]


class Sender:
    def __init__(
        self, record: Record, council: Council, renderer: Renderer, channel: Channel, clock: Clock, holder: str
    ) -> None:
        self._record = record
        self._council = council
        self._renderer = renderer
        self._channel = channel
        self._clock = clock
        self._holder = holder
        self._lease = f"send:{channel.name}"
        self._fence: int | None = None
        rate = council.telegram_rate if channel.name == "telegram" else council.sms_rate
        self._new_rates: Callable[[], Rates] = lambda: Rates(rate, council.chat_rate if channel.name == "telegram" else None)
        self._rates = self._new_rates()
        self._calls: dict[asyncio.Task[Answer], int] = {}  # each with its delivery's id
        self._lost_sight = False  # a claim may be committed of which nobody told us
        self._busy: set[str] = set()
        self._doubted: deque[tuple[float, str]] = deque()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something was written: look now."""
        self._wake.set()

    async def run(self, *, alone: bool) -> None:
        """Until cancelled; then finishes the calls in hand. `alone`: no other process can hold this channel."""
        beside = [asyncio.create_task(self._keep_lease(alone)), asyncio.create_task(self._resolve_forever())]
        try:
            while True:
                await self._once()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._finish()

    async def _finish(self) -> None:
        if self._calls:
            done, _ = await asyncio.wait(self._calls, timeout=8)
            await asyncio.to_thread(self._record_answers, [task.result() for task in done])

    # The lease

    async def _keep_lease(self, alone: bool) -> None:
        while True:
            try:
                await asyncio.to_thread(self._take_lease, alone and self._fence is None)
            except Exception as error:
                log.error("lease %s not renewed: %s", self._lease, faults.where(error))
            await asyncio.sleep(leases.RENEW_EVERY if self._fence is not None else 1.0)

    def _take_lease(self, by_force: bool) -> None:
        real = self._clock.real()
        with self._record.write() as connection:
            fence = leases.take(connection, self._lease, self._holder, real=real, by_force=by_force)
            if fence is not None and fence != self._fence:
                orphans = deliveries.orphan(connection, self._channel.name, fence=fence, real=real)
                if orphans:
                    log.warning("%s: %d deliveries of an earlier sender are unknown", self._channel.name, orphans)
        if fence != self._fence:
            self._rates = self._new_rates()
            self._fence = fence

    # Claiming and recording

    async def _once(self) -> None:
        if self._lost_sight and not await self._own_up():
            return
        answers = [task.result() for task in self._calls if task.done()]
        self._calls = {task: delivery for task, delivery in self._calls.items() if not task.done()}
        for claimed, _ in answers:
            self._busy.discard(claimed.waiting.address_hash)
        if self._fence is None and not answers:
            await asyncio.sleep(POLL)
            return
        self._wake.clear()
        if not answers and len(self._calls) == SLOTS:
            await self._wait(POLL)
            return
        turn = asyncio.create_task(asyncio.to_thread(self._turn, answers, SLOTS - len(self._calls)))
        try:
            ready, more = await asyncio.shield(turn)
        except asyncio.CancelledError:
            self._begin((await turn)[0])  # what is claimed already is sent, and `_finish` waits for it
            raise
        except InvalidToken:
            await self._set_aside()
            await self._retry_recording(answers)
            return
        except Exception as error:
            log.error("%s: the record did not answer: %s", self._channel.name, faults.where(error))
            await self._retry_recording(answers)
            return
        self._begin(ready)
        if not ready:
            await self._wait(0.02 if more else POLL)

    def _begin(self, ready: list[Claimed]) -> None:
        for one in ready:
            self._busy.add(one.waiting.address_hash)
            self._calls[asyncio.create_task(self._call(one))] = one.waiting.id

    async def _own_up(self) -> bool:
        """What a turn that broke off may have marked as being sent, and nobody sends, is unknown. Whether that is said."""
        try:
            lost = await asyncio.to_thread(self._orphan_lost, set(self._calls.values()))
        except Exception as error:
            log.error("%s: not known yet what is in hand: %s", self._channel.name, faults.where(error))
            await asyncio.sleep(1)
            return False
        if lost:
            log.warning("%s: %d deliveries of a turn that broke off are unknown", self._channel.name, lost)
        self._lost_sight = False
        return True

    def _orphan_lost(self, in_hand: set[int]) -> int:
        fence, real = self._fence or 0, self._clock.real()
        with self._record.write() as connection:
            return deliveries.lose_sight(connection, self._channel.name, fence=fence, in_hand=in_hand, real=real)

    async def _set_aside(self) -> None:
        """A row that cannot be read stops nobody else's: it becomes a task for staff."""
        try:
            shut = await asyncio.to_thread(self._set_unreadable_aside)
        except Exception as error:
            log.error("%s: what cannot be read is not set aside yet: %s", self._channel.name, faults.where(error))
            return
        log.error("%s: cannot be read, and set aside: deliveries %s", self._channel.name, shut)

    def _set_unreadable_aside(self) -> list[int]:
        with self._record.write() as connection:
            return unreadable.set_deliveries_aside(connection, self._channel.name, now=self._clock.now())

    async def _retry_recording(self, answers: list[Answer]) -> None:
        """Each by itself, until the record takes it: one that it cannot take holds up no other, and is in doubt."""
        self._lost_sight = True
        await asyncio.sleep(1)
        while answers:
            answers = [one for one in answers if not await self._is_recorded(one)]
            if answers:
                await asyncio.sleep(1)

    async def _is_recorded(self, answer: Answer) -> bool:
        try:
            await asyncio.to_thread(self._record_answers, [answer])
        except Exception as error:
            log.error("%s: an answer is not recorded: %s", self._channel.name, faults.where(error))
            return not faults.is_of_the_database(error)
        return True

    async def _wait(self, seconds: float) -> None:
        waker = asyncio.create_task(self._wake.wait())
        await asyncio.wait({waker, *self._calls}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        waker.cancel()
        if self._calls and not self._wake.is_set():
            await asyncio.wait(self._calls, timeout=TOGETHER)

    def _turn(self, answers: list[Answer], free: int) -> tuple[list[Claimed], bool]:
        """One transaction: the answers that are ready, then what may go now. `more`: something waits only for its rate.

        The database is asked three times at most where nothing goes wrong: the journeys there cost more than its work.
        """
        now = self._clock.now()
        if not answers and not self._is_anything_due(now, free):
            return [], False
        with self._record.write() as connection:
            now = self._clock.now()  # others may have kept us waiting for our turn to write
            accepted = self._settle_others(connection, answers, now)
            if free <= 0 or self._fence is None:
                self._accept(connection, accepted, now)()
                return [], False
            held = Held(self._lease, self._holder, self._fence)
            taken = self._taken(time.monotonic())
            with together(connection):
                prove = self._accept(connection, accepted, now)
                first = claims.ask_waiting(connection, self._channel.name, held, now=now, limit=free, but_for=taken)
            prove()
            return self._claim(connection, free, held, *first(), now)

    def _taken(self, at: float) -> set[str]:
        """The addresses that get nothing now."""
        return self._busy | self._rates.resting(at)

    def _is_anything_due(self, now: datetime, free: int) -> bool:
        if free <= 0:
            return False
        with self._record.read() as connection:
            return claims.is_due(connection, self._channel.name, now=now)

    def _record_answers(self, answers: list[Answer]) -> None:
        now = self._clock.now()
        with self._record.write() as connection:
            self._accept(connection, self._settle_others(connection, answers, now), now)()

    def _claim(
        self, connection: Connection, free: int, held: Held, found: list[Waiting], pause: Pause | None, now: datetime
    ) -> tuple[list[Claimed], bool]:
        is_probe = False
        if pause is not None:
            if pause.is_from_ahead(self._clock.real()):
                pauses.start_over(connection, self._channel.name, pause, real=self._clock.real())
            if not pause.is_over(self._clock.real()):
                return [], False
            if pause.why == "rate":
                pauses.resume(connection, self._channel.name)
            elif self._calls:
                return [], False
            else:
                free, is_probe = 1, True  # one message shows whether the trouble is over
        chosen: list[Claimed] = []
        taken = self._taken(time.monotonic())
        more = bool(taken)
        for look in range(LOOKS):
            wanted = free - len(chosen)
            if look:
                found, _ = claims.waiting(connection, self._channel.name, held, now=now, limit=wanted, but_for=taken)
            some = list(self._choose(found[:wanted], taken, wanted))
            more = more or len(some) < len(found)
            ready, limited = self._prepare(connection, some, now)
            chosen += ready
            if limited or not some or len(chosen) == free:
                more = more or limited
                break
        if is_probe and chosen:
            pauses.probed(connection, self._channel.name, real=self._clock.real())
            chosen = [replace(one, is_probe=True) for one in chosen]
        return self._start(connection, chosen, now), more

    def _start(self, connection: Connection, chosen: list[Claimed], now: datetime) -> list[Claimed]:
        """Marks these as being sent, and commits; those that still were ours to send."""
        if not chosen:
            return []
        intents = [Intent(c.waiting.id, c.rendered.body, c.rendered.locale, c.rendered.parts) for c in chosen]
        with together(connection):
            started = claims.start(connection, intents, fence=self._fence or 0, now=now, real=self._clock.real())
            connection.commit()
        ours = started()
        return [one for one in chosen if one.waiting.id in ours]

    def _choose(self, found: list[Waiting], taken: set[str], wanted: int) -> Iterator[Waiting]:
        """One for each address, as far as the rates let anything of its lane through."""
        at = time.monotonic()
        for one in found:
            if wanted and one.address_hash not in taken and self._rates.is_open(one.lane, at):
                taken.add(one.address_hash)
                wanted -= 1
                yield one

    def _prepare(self, connection: Connection, some: list[Waiting], now: datetime) -> tuple[list[Claimed], bool]:
        """What of these may go; whether the rate was in the way of any. The rest is dealt with."""
        staff = claims.staff(connection, some)
        letters = [Letter(one, one.person, staff.get(one.notice.staff_id or 0)) for one in some]
        at_their_address = [one for one in letters if self._is_well_addressed(connection, one, now)]
        ready: list[Claimed] = []
        limited = False
        for one in self._eligible(connection, at_their_address, now):
            rendered = self._rendered(connection, one, now)
            if rendered is None:
                continue
            at = time.monotonic()
            if self._rates.take(one.waiting.address_hash, one.waiting.lane, rendered.parts, at):
                ready.append(Claimed(one.waiting, rendered, self._fence or 0, at))
            else:
                limited = True
        return ready, limited

    def _is_well_addressed(self, connection: Connection, one: Letter, now: datetime) -> bool:
        waiting, person = one.waiting, one.person
        if waiting.action == "delete":
            return self._is_still_time(connection, waiting, now)
        where = notices.route(self._council, waiting.notice, person, one.member)
        if isinstance(where, str):
            status = "suppressed" if where == "no_contact" else "undeliverable"
            deliveries.refuse(connection, waiting, Refusal(status, where), person, now=now)
            return False
        if (where.channel, where.address_hash) != (waiting.channel, waiting.address_hash):
            deliveries.reroute(connection, self._council, waiting, where, person.safe if person else None, now=now)
            return False
        return True

    def _is_still_time(self, connection: Connection, removal: Waiting, now: datetime) -> bool:
        if removal.expires_at <= now:
            deliveries.drop(connection, removal, "expired", "expired", now=now)
            return False
        return True

    def _eligible(self, connection: Connection, letters: list[Letter], now: datetime) -> Iterator[Letter]:
        said = [one for one in letters if one.waiting.action != "delete"]
        asked = [(_facts(one.waiting), one.person) for one in said]
        found = eligibility.check_all(connection, self._council, asked, now=now)
        verdicts = {one.waiting.id: verdict for one, verdict in zip(said, found, strict=True)}
        for one in letters:
            waiting, verdict = one.waiting, verdicts.get(one.waiting.id)
            if isinstance(verdict, Hold):
                deliveries.hold(connection, waiting.id, verdict.until)
            elif isinstance(verdict, Refusal):
                deliveries.refuse(connection, waiting, verdict, one.person, now=now)
            elif waiting.expires_at - now < SHORTEST_LIFE and waiting.action != "delete":
                deliveries.refuse(connection, waiting, Refusal("expired", "expired"), one.person, now=now)
            else:
                yield one

    def _rendered(self, connection: Connection, letter: Letter, now: datetime) -> Rendered | None:
        one = letter.waiting
        try:
            return self._render(one, letter.person, letter.member, now)
        except Exception as error:
            # One message that cannot be put into words must not hold up everybody else's.
            log.error("delivery %d cannot be rendered: %s", one.id, faults.where(error))
            deliveries.drop(connection, one, "undeliverable", "not_rendered", now=now)
            deliveries.undeliverable(connection, one.notice.id, one.notice.person_id, "not_rendered", now=now)
            return None

    def _render(self, one: Waiting, person: Person | None, member: Staff | None, now: datetime) -> Rendered:
        channel: Any = one.channel
        if one.action == "delete":
            return Rendered("", "", 1)
        if person is not None:
            return self._renderer.for_person(one.notice, person, channel, now)
        if member is not None:
            return self._renderer.for_staff(one.notice, member, channel, now)
        return self._renderer.for_stranger(one.notice, channel, now)

    async def _call(self, one: Claimed) -> Answer:
        waiting, rendered = one.waiting, one.rendered
        file = None
        if rendered.attached is not None and waiting.action == "send":
            try:
                file = await asyncio.to_thread(rendered.attached.file)
            except Exception as error:
                log.error("what goes with delivery %d cannot be made: %s", waiting.id, faults.where(error))
                return one, Outcome(Verdict.CONTENT, code="not_made")
        if time.monotonic() - one.at > STALLED:
            return one, Outcome(Verdict.RETRY, code="stalled")
        action: Any = waiting.action
        outgoing = Outgoing(
            token=waiting.token,
            action=action,
            address=waiting.address,
            body=rendered.body,
            lifetime=int((waiting.expires_at - self._clock.now()).total_seconds()),
            target=waiting.target,
            buttons=rendered.buttons,
            keyboard=rendered.keyboard if waiting.action == "send" else (),
            location=rendered.location,
            file=file,
            sent=rendered.sent,
            protect=rendered.protect,
            silent=rendered.silent,
        )
        return one, await self._channel.deliver(outgoing)

    # What an answer leads to

    def _settle_others(self, connection: Connection, answers: list[Answer], now: datetime) -> list[Taken]:
        """Deals with every answer but those that say "accepted": these it returns, for `_accept`."""
        if any(claimed.is_probe and outcome.verdict not in NO_PROOF for claimed, outcome in answers):
            pauses.resume(connection, self._channel.name)
        accepted = Verdict.ACCEPTED
        taken = [(one.waiting, one.fence, outcome.reference) for one, outcome in answers if outcome.verdict is accepted]
        if taken:
            self._doubted.clear()
        for claimed, outcome in answers:
            if outcome.verdict is not accepted:
                self._refused_by_provider(connection, claimed, outcome, now)
        return taken

    def _accept(self, connection: Connection, taken: list[Taken], now: datetime) -> Callable[[], None]:
        if not taken:
            return lambda: None
        return deliveries.accept(connection, taken, provider=self._channel.provider, now=now)

    def _refused_by_provider(self, connection: Connection, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
        real = self._clock.real()
        one, fence, verdict = claimed.waiting, claimed.fence, outcome.verdict
        if verdict is Verdict.BUSY:
            deliveries.put_back(connection, one, fence=fence)
            lasts = timedelta(seconds=min(outcome.retry_after, LONGEST_WAIT))
            pauses.pause(connection, self._channel.name, "rate", outcome.code or "429", lasts=lasts, real=real)
        elif verdict is Verdict.RETRY:
            again_at = now + deliveries.backoff(one.attempts)
            deliveries.put_back(connection, one, fence=fence, again_at=again_at)
        elif verdict is Verdict.UNKNOWN:
            deliveries.unknown(connection, one, fence=fence, real=real)
            if _recipients(self._doubted, one.address_hash) >= DOUBTED_RECIPIENTS:
                self._pause(connection, "config", outcome.code, now)
        elif verdict is Verdict.ACCOUNT:
            deliveries.put_back(connection, one, fence=fence)
            self._pause(connection, "account", outcome.code, now)
        else:
            self._failed(connection, one, outcome, fence, now)

    def _failed(self, connection: Connection, one: Waiting, outcome: Outcome, fence: int, now: datetime) -> None:
        verdict = outcome.verdict
        if not deliveries.fail(connection, one, fence=fence, error_class=verdict.value, code=outcome.code, now=now):
            return
        if verdict is Verdict.GONE:
            if one.action == "edit":
                where = notices.Route(one.channel, one.address, one.address_hash)
                deliveries.again(connection, self._council, one.notice, where, None, now=now)
            return
        if verdict is Verdict.CONFIG:
            real = self._clock.real()
            if pauses.refused(connection, self._council, one.channel, outcome.code, now=now, real=real):
                log.error("%s: paused, config %s", one.channel, outcome.code)
        if one.action != "delete":
            deliveries.after_failure(connection, self._council, one.id, verdict.value, now=now)

    def _pause(self, connection: Connection, why: str, code: str, now: datetime) -> None:
        real = self._clock.real()
        if pauses.trouble(connection, self._council, self._channel.name, why, code, now=now, real=real):
            log.error("%s: paused, %s %s", self._channel.name, why, code)

    # What nobody can tell

    async def _resolve_forever(self) -> None:
        while True:
            await asyncio.sleep(1.0 if self._channel.name == "telegram" else RESOLVE_EVERY)
            if self._fence is None:
                continue
            try:
                await self._resolve()
            except InvalidToken:
                await self._set_aside()
            except Exception as error:
                log.error("%s: unknowns not resolved: %s", self._channel.name, faults.where(error))

    async def _resolve(self) -> None:
        if await asyncio.to_thread(self._others_prove_it):
            return
        if self._channel.name == "telegram":
            await asyncio.to_thread(self._resolve_telegram)
            return
        for one in await asyncio.to_thread(self._due_unknowns):
            try:
                await self._resolve_sms(one)
            except ProviderUnreachable as error:  # of one number: the others need not wait for it
                log.warning("sms: the list about delivery %d was not read: %s", one.id, error)

    def _resolve_telegram(self) -> None:
        """Telegram keeps no list. What is harmless twice is said once more; the rest is left to the ladder or to staff."""
        with self._record.read() as connection:
            if not deliveries.unresolved(connection, "telegram"):
                return
        now = self._clock.now()
        with self._record.write() as connection:
            if not leases.holds(connection, self._lease, self._holder, self._fence or 0):
                return
            for one in deliveries.unresolved(connection, "telegram"):
                if one.purpose in SAID_AGAIN or one.action != "send":
                    deliveries.send_again(connection, one, now=now)
                else:
                    deliveries.give_up_unknown(connection, one, now=now)

    def _others_prove_it(self) -> bool:
        """Whether the channel is in trouble, and other messages will show when that is over: a second doubt is the last."""
        with self._record.read() as connection:
            pause = pauses.of(connection, self._channel.name)
            if pause is None or pause.why == "rate":
                return False
            return claims.is_due(connection, self._channel.name, now=self._clock.now())

    def _due_unknowns(self) -> list[Unknown]:
        with self._record.read() as connection:
            return deliveries.unresolved(connection, "sms", real=self._clock.real())

    async def _resolve_sms(self, one: Unknown) -> None:
        """The provider's list decides: there with our text and not another delivery's is accepted; absent twice is not."""
        sent = await self._channel.find(one.address, one.body, one.sending_at - CLOCKS_DIFFER)  # type: ignore[attr-defined]
        await asyncio.to_thread(self._resolved, one, [message.sid for message in sent])

    def _resolved(self, one: Unknown, sids: list[str]) -> None:
        now, real = self._clock.now(), self._clock.real()
        with self._record.write() as connection:
            if not leases.holds(connection, self._lease, self._holder, self._fence or 0):
                return
            taken = deliveries.is_ours(connection, sids)
            unclaimed = [sid for sid in sids if sid not in taken]
            if unclaimed:
                deliveries.found(connection, one, unclaimed[0], now=now)
            else:
                deliveries.not_found(connection, one, now=now, real=real)


def _recipients(lately: deque[tuple[float, str]], address_hash: str) -> int:
    """Adds one; how many different recipients there were within the last minute."""
    at = time.monotonic()
    lately.append((at, address_hash))
    while lately[0][0] < at - 60:
        lately.popleft()
    return len({known for _, known in lately})


def _facts(one: Waiting) -> Facts:
    n = one.notice
    return Facts(
        n.purpose, n.timing, one.lane, one.counts, one.channel, one.address_hash, n.created_at, one.expires_at,
        n.booking_id, n.booking_version, n.session_id, n.session_version, n.pack_request_id, n.pack_version,
    )  # fmt: skip
