"""The rota on a phone: who is on, who is next, where nobody is; a swap, a note for the next, and which alerts are open."""

import re
from datetime import timedelta
from typing import Any

from db import alerts, leave, rota, rota_changes, staff_questions
from db import people as who
from db.council import LONDON, at_minute
from db.rota import Stretch, Turn
from handlers import attempts, broadcast_texts, marking
from handlers.turn import StaffTurn
from notifications.buttons import Press

SHOW, ALERTS = "rota", "alerts"
SWAP = re.compile(r"swap\W*(\d{1,12})\W+(ok|okay|aye|yes|no|naw)\W*", re.IGNORECASE)
NOTE = re.compile(r"note\b\W*(.+)", re.IGNORECASE | re.DOTALL)
REFUSING = frozenset({"no", "naw"})
COLLEAGUES = 12  # as many buttons as one message shows
SHOWN = 40  # lines
AFTERWARDS = timedelta(hours=4)  # in which the last turn's note may still be written

Offers = list[list[tuple[str, dict[str, Any], str]]]


def by_text(turn: StaffTurn) -> bool:
    """False for a text that is about neither the rota nor the open alerts."""
    text = turn.message.text.strip()
    word = text.casefold().rstrip(".")
    if word == SHOW:
        show(turn)
    elif word == ALERTS:
        _alerts(turn)
    elif match := SWAP.fullmatch(text):
        swap_id, agrees = int(match[1]), match[2].lower() not in REFUSING
        attempts.whole(turn, lambda: _answer(turn, swap_id, agrees=agrees))
    elif match := NOTE.fullmatch(text):
        note = match[1]
        attempts.whole(turn, lambda: _note(turn, note))
    else:
        return _written(turn, text)
    return True


def _written(turn: StaffTurn, text: str) -> bool:
    """The note that they were asked for. A command is none."""
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is None or question.kind != "rota_note":
        return False
    if marking.is_command(text) or broadcast_texts.read(text, turn.now) is not None:
        return False
    staff_questions.close(turn.connection, question.id, now=turn.now)
    attempts.whole(turn, lambda: _note(turn, text))
    return True


def pressed(turn: StaffTurn, press: Press) -> None:
    if press.kind == "swap":
        attempts.whole(turn, lambda: _answer(turn, press.subject, agrees=press.word == "yes"))
    elif press.word == "note":
        staff_questions.ask(turn.connection, turn.member.id, "rota_note", now=turn.now)
        turn.say_anew("rota.write_note", {})
    elif press.word == "swap":
        attempts.whole(turn, lambda: _whose(turn, press.subject) if press.subject else _which(turn))
    elif press.word == "ask" and press.version.isdigit():
        attempts.whole(turn, lambda: _ask(turn, press.subject, int(press.version)))
    else:
        turn.toast = "stale"


# What stands in it


def show(turn: StaffTurn) -> None:
    ahead = rota.turns(turn.connection, turn.now, turn.now + rota.AHEAD)
    gaps = rota.gaps(turn.connection, turn.council, turn.now, turn.now + rota.AHEAD)
    on = rota.on_duty(turn.connection, turn.now)
    ids = {member.id for member in on.everyone}
    current = [one for one in ahead if one.starts_at <= turn.now and one.staff_id in ids]
    later = [one for one in ahead if one.starts_at > turn.now]
    fields = {
        "now": [_said(turn, "rota.now", one) for one in current] or [("rota.nobody", {})],
        "next": [_said(turn, "rota.next_one", one) for one in later[:1]] or [("rota.nobody", {})],
        "gaps": ("rota.gaps", {"n": str(len(gaps))}) if gaps else ("rota.no_gaps", {}),
        "lines": [*_lines(turn, later, gaps), *_note_now(turn, current)] if turn.message.channel == "telegram" else [],
        "buttons": _offers(turn),
    }
    turn.say("rota.show", fields)


def _said(turn: StaffTurn, key: str, one: Turn) -> tuple[str, dict[str, Any]]:
    return key, {**rota_changes.of_turn(one), "owner": who.member(turn.connection, one.staff_id).initials}


def _lines(turn: StaffTurn, later: list[Turn], gaps: list[Stretch]) -> list[tuple[str, dict[str, Any]]]:
    """Turns, gaps and leave in one row of time."""
    lines = [(one.starts_at, _said(turn, "rota.line", one)) for one in later]
    lines += [(gap[0], _of_gap(gap)) for gap in gaps]
    days = turn.now.astimezone(LONDON).date(), (turn.now + rota.AHEAD).astimezone(LONDON).date()
    for one in leave.between(turn.connection, *days):
        start, until = at_minute(one.first_day, 0), at_minute(one.last_day, 12 * 60)
        about = {"day": start.isoformat(), "day2": until.isoformat()}
        lines.append((start, ("rota.line_away", {**about, "owner": who.member(turn.connection, one.staff_id).initials})))
    ordered = sorted(lines, key=lambda line: line[0].timestamp())
    return [said for _, said in ordered[:SHOWN]] or [("rota.nobody", {})]


def _of_gap(gap: Stretch) -> tuple[str, dict[str, Any]]:
    start, until = gap
    string = "rota.line_gap_day" if start.astimezone(LONDON).date() == until.astimezone(LONDON).date() else "rota.line_gap"
    return string, {
        "day": start.isoformat(), "time": start.isoformat(), "day2": until.isoformat(), "until": until.isoformat(),
    }  # fmt: skip


def _note_now(turn: StaffTurn, current: list[Turn]) -> list[tuple[str, dict[str, Any]]]:
    """What was handed over to those who are on: only where all of it may be on Telegram."""
    if turn.council.telegram_staff != "full":
        return []
    notes = [rota.note_before(turn.connection, one) for one in current]
    return [("rota.note_now", {"owner": member.initials, "note": text}) for member, text in filter(None, notes)]


def _offers(turn: StaffTurn) -> Offers:
    mine = rota_changes.next_of(turn.connection, turn.member.id, turn.now)
    if not mine:
        return []
    return [[("button.rota.swap", {}, "d:0::swap")], [("button.rota.note", {}, "d:0::note")]]


# A swap


def _which(turn: StaffTurn) -> None:
    mine = rota_changes.next_of(turn.connection, turn.member.id, turn.now)
    if not mine:
        turn.say_anew("rota.no_turns", {})
    elif len(mine) == 1:
        _whose(turn, mine[0].id)
    else:
        offers: Offers = [[("button.rota.turn", rota_changes.of_turn(one), f"d:{one.id}::swap")] for one in mine]
        turn.say_anew("rota.which_turn", {"buttons": offers[:COLLEAGUES]})


def _whose(turn: StaffTurn, turn_id: int) -> None:
    one = rota_changes.standing(turn.connection, turn_id, turn.now)
    asked = [
        member
        for member in leave.here(turn.connection, _colleagues(turn), turn.now)
        if member.id != one.staff_id and (member.phone_hash or member.chat_hash)
    ]
    offers: Offers = [
        [("button.rota.member", {"owner": f"{member.initials}, {member.ref}"}, f"d:{one.id}:{member.id}:ask")]
        for member in asked[:COLLEAGUES]
    ]
    turn.say_anew("rota.who", {**rota_changes.of_turn(one), "buttons": offers})


def _colleagues(turn: StaffTurn) -> list[who.Staff]:
    """Those of the rota before all others who may be asked."""
    around = rota.turns(turn.connection, turn.now - rota.AHEAD, turn.now + 2 * rota.AHEAD)
    on_it = list(who.members_by_id(turn.connection, {one.staff_id for one in around}).values())
    known = {member.id for member in on_it}
    others = who.members(turn.connection, "case_manager", "coordinator", "manager")
    return on_it + [member for member in others if member.id not in known]


def _ask(turn: StaffTurn, turn_id: int, staff_id: int) -> None:
    asked = who.member(turn.connection, staff_id)
    one = rota_changes.standing(turn.connection, turn_id, turn.now)
    rota_changes.ask_swap(attempts.change(turn), turn_id, asked.ref)
    turn.say("rota.asked", {**rota_changes.of_turn(one), "owner": asked.initials})


def _answer(turn: StaffTurn, swap_id: int, *, agrees: bool) -> None:
    one = rota_changes.answer_swap(attempts.change(turn), swap_id, agrees=agrees)
    owner = who.member(turn.connection, one.staff_id).initials
    turn.say("rota.taken" if agrees else "rota.refused", {**rota_changes.of_turn(one), "owner": owner})


# A note for whoever is next


def _note(turn: StaffTurn, text: str) -> None:
    one = _own(turn)
    if one is None:
        turn.say("rota.no_turns")
        return
    rota_changes.leave_note(attempts.change(turn), one.id, text)
    turn.say("rota.noted", {"turn": one.duty})


def _own(turn: StaffTurn) -> Turn | None:
    """Their turn that is on, or was on until just now; else the next."""
    around = rota.turns(turn.connection, turn.now - AFTERWARDS, turn.now + 6 * rota.AHEAD)
    mine = [one for one in around if one.staff_id == turn.member.id]
    begun = [one for one in mine if one.starts_at <= turn.now]
    return begun[-1] if begun else mine[0] if mine else None


# The open alerts


def _alerts(turn: StaffTurn) -> None:
    found = alerts.standing(turn.connection, turn.council, turn.member)
    if not found:
        turn.say("alerts.none")
        return
    shown = found[:SHOWN]
    lines = [_one(turn, one) for one in shown] if turn.message.channel == "telegram" else []
    turn.say("alerts.list", {"numbers": [one.id for one in shown], "lines": lines})


def _one(turn: StaffTurn, alert: alerts.Alert) -> tuple[str, dict[str, Any]]:
    """Of what is restricted, on Telegram, no more than that it is handled."""
    if alert.restricted:
        return "alerts.restricted", {"alert": str(alert.id)}
    owner = who.member(turn.connection, alert.owner_id).initials if alert.owner_id else ""
    at = alert.opened_at.isoformat()
    state = ("alerts.with", {"owner": owner}) if owner else ("alerts.free", {})
    return "alerts.one", {"alert": str(alert.id), "kind": alert.klass, "day": at, "time": at, "state": state}
