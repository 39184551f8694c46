"""A co-ordinator tells everyone affected of a change: what happened, who it concerns, a look at it, a hold, how it went.

By button on Telegram; by text where there is no data: OFF ALL 12 Jun, then HOLD, HALT, APPROVE and REPORT with its number.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from db import announcing, audiences, broadcast_report, broadcasts, found, permissions, staff_questions
from db.audiences import Aimed, Audience
from db.broadcasts import Broadcast
from db.change import ChangeError
from db.council import LONDON
from handlers import attempts, broadcast_texts, marking
from handlers.broadcast_views import Views
from handlers.turn import StaffTurn
from locales.catalog import Catalogs
from notifications import previews
from notifications.buttons import Press
from notifications.rendering import Renderer

OPENING = frozenset({"broadcast", "broadcasts", "announce"})
WRITING = "broadcast_words"
BY_SESSION = ("off", "moved", "late")
DAYS_AHEAD = 7


def begin(turn: StaffTurn) -> bool:
    """By text. False where it says nothing of a broadcast, or this person of the staff makes none."""
    if not permissions.allows(turn.member, "broadcast.make", None):
        return False
    text = turn.message.text.strip()
    if text.casefold() in OPENING and turn.message.channel == "telegram":
        Views(turn).start()
        return True
    if (said := broadcast_texts.read(text, turn.now)) is not None:
        _guarded(turn, lambda: _by_text(turn, said))
        return True
    return _answer(turn, text)


def _answer(turn: StaffTurn, text: str) -> bool:
    """What was asked for in words: the new time of a session, or what people are to read. A roster's command is neither."""
    if marking.is_command(text):
        return False
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is None or question.kind not in ("broadcast_time", WRITING):
        return False
    if question.kind == WRITING:
        audience = Audience.from_json(question.so_far["who"])
        _guarded(turn, lambda: _draft(turn, "words", {"words": {"en_GB": text}}, audience), question.id)
        return True
    starts_at = broadcast_texts.time_on(text, datetime.fromisoformat(question.so_far["starts_at"]))
    if starts_at is None:
        return False
    audience = Audience(sessions=(question.so_far["session"],))
    _guarded(turn, lambda: _draft(turn, "moved", {"starts_at": starts_at.isoformat()}, audience), question.id)
    return True


def pressed(turn: StaffTurn, press: Press) -> None:
    _guarded(turn, lambda: _pressed(turn, press))


def _guarded(turn: StaffTurn, act: Callable[[], None], question_id: int | None = None) -> None:
    attempts.whole(turn, act, no="broadcast.no", question_id=question_id)


def _pressed(turn: StaffTurn, press: Press) -> None:
    if press.subject == 0:
        _choose(turn, press.version, press.word)
        return
    act = ON_ONE.get(press.word)
    one = broadcasts.by_id(turn.connection, press.subject)
    if press.version == "w" and press.word.isdigit():
        _toggle(turn, one, int(press.word))
    elif act is not None:
        act(turn, one)
    else:
        turn.toast = "stale"


def _choose(turn: StaffTurn, step: str, word: str) -> None:
    """Before there is a draft: `step` is what was chosen so far, `word` what is chosen now."""
    if step == "" and word in (*BY_SESSION, "weather"):
        Views(turn).which(word, _ahead(turn))
    elif step == "" and word == "words":
        Views(turn).who(_ahead(turn))
    elif step == "words":
        _ask_words(turn, word)
    elif step == "weather" and word.startswith("d"):
        _draft_weather(turn, word[1:])
    elif step in BY_SESSION and word[:1] == "p" and word[1:].isdigit():
        Views(turn).which(step, _ahead(turn), int(word[1:6]))
    elif step == "off":
        _draft(turn, "off", {}, _chosen(turn, word))
    elif step in ("moved", "late") and word.startswith("s"):
        _ask_how_much(turn, step, word)
    elif step[:1] in ("m", "l") and word.lstrip("-").isdigit():
        said = {"later": int(word)} if step[0] == "m" else {"minutes": int(word)}
        _draft(turn, "moved" if step[0] == "m" else "late", said, _chosen(turn, f"s{step[1:]}"))
    else:
        turn.toast = "stale"


def _ahead(turn: StaffTurn) -> list[Aimed]:
    """The sessions of the coming week that this person may speak of. Women-only work is never shown on Telegram."""
    team = None if permissions.allows(turn.member, "broadcast.make", "") else turn.member.team
    last = (turn.now + timedelta(days=DAYS_AHEAD)).astimezone(LONDON).date()
    first = turn.now.astimezone(LONDON).date()
    audience = Audience(team=team, everybody=team is None, first_day=first, last_day=last)
    return [one for one in audiences.sessions_of(turn.connection, audience, now=turn.now) if not one.women_only]


def _chosen(turn: StaffTurn, word: str) -> Audience:
    if word.startswith("d"):
        team = None if permissions.allows(turn.member, "broadcast.make", "") else turn.member.team
        return Audience.from_json({"first_day": word[1:], "everybody": team is None, "team": team})
    wanted = [one.ref for one in _ahead(turn) if word == f"s{one.id}"]
    if not wanted:
        raise ChangeError("that session has started or is off; send broadcast to see those to come")
    return Audience(sessions=tuple(wanted))


def _ask_words(turn: StaffTurn, word: str) -> None:
    audience = {"everybody": Audience(everybody=True), "team": Audience(team=turn.member.team)}.get(word)
    who = (audience or _chosen(turn, word)).as_json()
    staff_questions.ask(turn.connection, turn.member.id, WRITING, now=turn.now, so_far={"who": who})
    Views(turn).write()


def _ask_how_much(turn: StaffTurn, kind: str, word: str) -> None:
    one = next((one for one in _ahead(turn) if word == f"s{one.id}"), None)
    if one is None:
        turn.toast = "stale"
        return
    if kind == "moved":
        so_far = {"session": one.ref, "starts_at": one.starts_at.isoformat()}
        staff_questions.ask(turn.connection, turn.member.id, "broadcast_time", now=turn.now, so_far=so_far)
    Views(turn).how_much(kind, one)


def _draft_weather(turn: StaffTurn, day: str) -> None:
    made = broadcasts.draft(attempts.change(turn), "weather", {"off": []}, _chosen(turn, f"d{day}"))
    Views(turn).weather(broadcasts.by_id(turn.connection, made))


def _toggle(turn: StaffTurn, one: Broadcast, placement_id: int) -> None:
    broadcasts.require(attempts.change(turn), one.kind, None)
    ref = found.place_by_id(turn.connection, placement_id).ref
    off = [other for other in one.what["off"] if other != ref]
    broadcasts.change_draft(attempts.change(turn), one, {"off": off if ref in one.what["off"] else [*off, ref]})
    Views(turn).weather(broadcasts.by_id(turn.connection, one.id))


def _draft(turn: StaffTurn, kind: str, what: Mapping[str, Any], audience: Audience) -> None:
    made = broadcasts.draft(attempts.change(turn), kind, what, audience)
    _check(turn, broadcasts.by_id(turn.connection, made))


def _check(turn: StaffTurn, one: Broadcast) -> None:
    """Looks at what it would do, as whoever made it."""
    change = announcing.as_maker(attempts.change(turn), one)
    seen = previews.preview(change, one, Renderer(turn.council, Catalogs.load()))
    if seen.weighed.blockers:
        raise ChangeError(seen.weighed.blockers[0])
    if one.status in ("draft", "checked") and one.confirmed_at is None:
        announcing.checked(change, one.id, seen.weighed)
    Views(turn).check(one, seen, to_approve=one.confirmed_at is not None and one.made_by != turn.member.ref)


def _hold(turn: StaffTurn, one: Broadcast) -> None:
    _stands(turn, announcing.confirm(attempts.change(turn), one.id))


def _glass(turn: StaffTurn, one: Broadcast) -> None:
    _stands(turn, announcing.confirm(attempts.change(turn), one.id, break_glass=True))


def _approve(turn: StaffTurn, one: Broadcast) -> None:
    _stands(turn, announcing.approve(attempts.change(turn), one.id))


def _stands(turn: StaffTurn, one: Broadcast) -> None:
    if one.status == "held":
        Views(turn).held(one, broadcast_report.size(attempts.change(turn), one))
    else:
        turn.say("broadcast.asked", {"broadcast": str(one.id)})


def _leave(turn: StaffTurn, one: Broadcast) -> None:
    broadcasts.require(attempts.change(turn), one.kind, None)
    turn.say("broadcast.left_alone", {"broadcast": str(one.id)})


def _stop(turn: StaffTurn, one: Broadcast) -> None:
    stopped, told, spared = announcing.stop(attempts.change(turn), one.id)
    Views(turn).stopped(stopped, told, spared)


def _correct(turn: StaffTurn, one: Broadcast) -> None:
    told = announcing.correct(attempts.change(turn), one.id)
    turn.say("broadcast.corrected", {"people": str(told)})


def _report(turn: StaffTurn, one: Broadcast) -> None:
    Views(turn).report(broadcast_report.report(attempts.change(turn), one))


def _calls(turn: StaffTurn, one: Broadcast) -> None:
    Views(turn).calls(one, broadcast_report.calls(attempts.change(turn), one))


ON_ONE: Mapping[str, Callable[[StaffTurn, Broadcast], None]] = {
    "check": _check,
    "look": _check,
    "hold": _hold,
    "glass": _glass,
    "approve": _approve,
    "leave": _leave,
    "halt": _stop,
    "correct": _correct,
    "report": _report,
    "calls": _calls,
}


def _by_text(turn: StaffTurn, said: broadcast_texts.Said) -> None:
    if said.broadcast_id is not None:
        ON_ONE[said.verb](turn, broadcasts.by_id(turn.connection, said.broadcast_id))
    elif said.day is None:
        turn.say("broadcast.unclear")
    else:
        _draft(turn, "off", {}, _named(turn, said))


def _named(turn: StaffTurn, said: broadcast_texts.Said) -> Audience:
    """ALL, a session's ref, or the nickname of a place, on that day."""
    team = None if permissions.allows(turn.member, "broadcast.make", "") else turn.member.team
    day = Audience(team=team, everybody=team is None, first_day=said.day)
    if said.everyone:
        return day
    on_that_day = audiences.sessions_of(turn.connection, day, now=turn.now)
    wanted = said.name.casefold()
    named = [one.ref for one in on_that_day if wanted in (one.nickname.casefold(), one.ref.casefold())]
    if not named:
        raise ChangeError(f'no session to come on that day is called "{said.name}"; look at the schedule')
    return Audience(sessions=tuple(named))
