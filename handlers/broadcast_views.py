"""What staff see of a broadcast at each step, and the buttons that lead to the next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db import audiences
from db.audiences import Aimed
from db.broadcast_report import STATES, Call, Report
from db.broadcast_words import LONGEST
from db.broadcasts import Broadcast
from db.council import LONDON
from handlers.turn import StaffTurn
from locales.numbers import spoken
from notifications.previews import Preview

SESSIONS_SHOWN = 8
SAMPLES_SHOWN = 8
CALLS_SHOWN = 30
LATER = (30, 60, 120, -30)
LATE = (15, 30, 60)
KINDS = ("off", "moved", "late", "weather", "words")
Offers = list[list[tuple[str, dict[str, Any], str]]]


@dataclass(frozen=True, slots=True)
class Views:
    turn: StaffTurn

    def start(self) -> None:
        self._show("broadcast.start", {}, [[(f"broadcast.kind.{kind}", {}, f"c:0::{kind}")] for kind in KINDS])

    def which(self, kind: str, ahead: Sequence[Aimed], start: int = 0) -> None:
        """Whole days, and below them one session after the other: a page from that one on, and a button to the next."""
        if not ahead:
            self.turn.say("broadcast.none", {"n": "7"})
            return
        until = start + SESSIONS_SHOWN
        days: Offers = [] if kind in ("moved", "late") or start else self._days(kind, ahead)
        sessions: Offers = [
            [("button.broadcast.session", _session(one), f"c:0:{kind}:s{one.id}")] for one in ahead[start:until]
        ]
        more: Offers = [[("button.broadcast.more", {}, f"c:0:{kind}:p{until}")]] if until < len(ahead) else []
        self._show("broadcast.which", {"what": kind}, [*days, *([] if kind == "weather" else [*sessions, *more])])

    def _days(self, step: str, ahead: Sequence[Aimed]) -> Offers:
        counted = Counter(one.starts_at.astimezone(LONDON).date() for one in ahead)
        noon = {one.starts_at.astimezone(LONDON).date(): one.starts_at.isoformat() for one in ahead}
        return [
            [("button.broadcast.day", {"day": noon[day], "n": number}, f"c:0:{step}:d{day}")]
            for day, number in sorted(counted.items())
        ]

    def who(self, ahead: Sequence[Aimed]) -> None:
        team = self.turn.member.team
        offers: Offers = [
            [("button.broadcast.everybody", {}, "c:0:words:everybody")],
            [("button.broadcast.team", {"team": team}, "c:0:words:team")],
        ]
        self._show("broadcast.who", {"what": "words"}, [*offers, *self._days("words", ahead)])

    def how_much(self, kind: str, one: Aimed) -> None:
        string, choices = ("broadcast.later", LATER) if kind == "moved" else ("broadcast.minutes", LATE)
        offers: Offers = [
            [(f"button.broadcast.{'minutes' if n > 0 else 'earlier'}", {"n": abs(n)}, f"c:0:{kind[0]}{one.id}:{n}")]
            for n in choices
        ]
        self._show(string, {"what": kind, **_session(one)}, offers)

    def write(self) -> None:
        self.turn.say("broadcast.write", {"n": str(LONGEST)})

    def weather(self, one: Broadcast) -> None:
        places = audiences.placements_of(self.turn.connection, one.audience, now=self.turn.now)
        shown = [place for place in places if not place.women_only]
        offers: Offers = [
            [(f"button.broadcast.{_on(one, place.ref)}", {"place": place.nickname}, f"c:{one.id}:w:{place.id}")]
            for place in shown
        ]
        day = one.audience.first_day.isoformat() + "T12:00:00+00:00" if one.audience.first_day else ""
        offers.append([("button.broadcast.check", {}, f"c:{one.id}::check")])
        self._show("broadcast.weather", {"what": one.kind, "day": day}, offers)

    def check(self, one: Broadcast, seen: Preview, *, to_approve: bool) -> None:
        about = {"messages": seen.messages, "people": seen.people}
        alone = seen.weighed.second is not None
        offers: Offers = []
        if to_approve:
            offers.append([("button.broadcast.approve", about, f"c:{one.id}::approve")])
        elif alone:
            offers.append([("button.broadcast.ask_eyes", {}, f"c:{one.id}::hold")])
            if seen.weighed.may_break_glass:
                offers.append([("button.broadcast.glass", {}, f"c:{one.id}::glass")])
        else:
            offers.append([("button.broadcast.hold", {**about, "minutes": self._minutes(seen)}, f"c:{one.id}::hold")])
        if not to_approve:
            offers.append([("button.broadcast.leave", {}, f"c:{one.id}::leave")])
        out_by = (seen.out_by or self.turn.now).isoformat()
        self._show("broadcast.check", self._checked(one, seen) | {"day": out_by, "time": out_by}, offers)

    def _minutes(self, seen: Preview) -> int:
        return self.turn.council.hold_urgent if seen.weighed.is_urgent else self.turn.council.hold

    def _checked(self, one: Broadcast, seen: Preview) -> dict[str, Any]:
        return {
            "broadcast": str(one.id),
            "what": one.kind,
            "messages": str(seen.messages),
            "people": str(seen.people),
            "n": str(sum(map(len, seen.left_out.values()))),
            "parts": seen.parts,
            "pence": seen.parts * self.turn.council.pence_a_part,
            "warnings": list(seen.weighed.warnings),
            "left_out": {why: len(refs) for why, refs in sorted(seen.left_out.items())},
            "glass": seen.weighed.may_break_glass,
            "second": seen.weighed.second,
            "samples": [
                [sample.channel, sample.mode, sample.people, sample.words, sample.on_lock_screen]
                for sample in seen.samples[:SAMPLES_SHOWN]
            ],
            "more": max(0, len(seen.samples) - SAMPLES_SHOWN),
        }

    def held(self, one: Broadcast, people: int) -> None:
        until = (one.hold_until or self.turn.now).isoformat()
        fields = {"broadcast": str(one.id), "what": one.kind, "people": str(people), "time": until}
        self._show("broadcast.held", fields, [[("button.broadcast.halt", {}, f"c:{one.id}::halt")]])

    def stopped(self, one: Broadcast, told: int, spared: int) -> None:
        offers: Offers = []
        if told and one.kind in ("off", "weather"):
            offers.append([("button.broadcast.correct", {}, f"c:{one.id}::correct")])
        if told:
            offers.append([("button.broadcast.report", {}, f"c:{one.id}::report")])
        counted = {"gone": str(told), "spared": str(spared)}
        self._show("broadcast.stopped", {"broadcast": str(one.id), **counted}, offers)

    def report(self, found: Report) -> None:
        one = found.broadcast
        offers: Offers = [[("button.broadcast.report", {}, f"c:{one.id}::report")]]
        if found.calls:
            offers.append([("button.broadcast.calls", {}, f"c:{one.id}::calls")])
        if one.status in ("held", "sending"):
            offers.append([("button.broadcast.halt", {}, f"c:{one.id}::halt")])
        fields = {
            "broadcast": str(one.id), "what": one.kind, "stage": one.status, "people": str(found.people),
            "states": {state: found.states[state] for state in STATES if found.states[state]},
            "answers": dict(found.answers), "n": str(found.calls),
        }  # fmt: skip
        self._show("broadcast.report", fields, offers)

    def calls(self, one: Broadcast, found: Sequence[Call]) -> None:
        """Names and numbers only on Telegram, and only where the council allows all of it there."""
        if not found:
            self.turn.say("broadcast.nobody")
            return
        whole = self.turn.message.channel == "telegram" and self.turn.council.telegram_staff == "full"
        listed = [[call.initials, spoken(call.phone), call.why] for call in found[:CALLS_SHOWN]] if whole else []
        self.turn.say_anew("broadcast.calls", {"broadcast": str(one.id), "n": str(len(found)), "calls": listed})

    def _show(self, string: str, fields: dict[str, Any], offers: Offers) -> None:
        self.turn.say(string, {**fields, "buttons": offers})


def _session(one: Aimed) -> dict[str, str]:
    starts_at = one.starts_at.isoformat()
    return {"day": starts_at, "time": starts_at, "place": one.nickname}


def _on(one: Broadcast, ref: str) -> str:
    return "is_off" if ref in one.what["off"] else "is_on"
