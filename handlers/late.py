"""3: I'll be late. The supervisor hears at once, and again when we know how late; never why."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from db import leading, notices, questions, reports, rosters, sessions
from db.notices import Notice
from db.questions import Question
from db.sessions import Booked
from handlers import answering, fallback, meant, nothing_booked
from handlers.turn import PersonTurn

WORTH_TELLING = timedelta(hours=2)  # after the start
ON_THE_DAY = timedelta(hours=2)  # before it; said sooner, the answer names the day that it is taken for


def begin(turn: PersonTurn) -> None:
    following = turn.near.to_report
    if _is_about_what_was_missed(turn, following):
        fallback.to_human(turn)
        return
    one = meant.named(turn, following) or following
    if one is None:
        turn.to_worker()  # they may be on their way to one that we do not know of, or that they had said no to
        nothing_booked.say(turn)
    else:
        report(turn, one)


def _is_about_what_was_missed(turn: PersonTurn, following: Booked | None) -> bool:
    """ "Slept in", after we asked why they were not there, says nothing of a session that is hours or days away."""
    text = turn.message.text.strip()
    if turn.message.kind == "press" or text.isdigit() or text in answering.on_a_key():
        return False
    question = turn.question
    asked_why = question is not None and question.kind == "reason" and question.report_id is None
    return asked_why and (following is None or following.starts_at - turn.now > ON_THE_DAY)


def report(turn: PersonTurn, one: Booked) -> None:
    report_id = reports.report(
        turn.connection, one, "late", channel=turn.message.channel, now=turn.now, actor=turn.person.ref
    )
    _tell_supervisor(turn, one, "late.told", report_id=report_id, key=f"late.told:r{report_id}")
    until = one.starts_at + sessions.REPORTABLE_FOR
    question = turn.ask("how_late", booking_id=one.booking_id, report_id=report_id, expires_at=until)
    if one.starts_at - turn.now > ON_THE_DAY:
        turn.say("late.how_late_ahead", one.starts, about=one, question=question)
    else:
        turn.say("late.how_late", about=one, question=question)


def band(turn: PersonTurn, question: Question, letter: str) -> None:
    if question.report_id is not None:
        reports.set_band(turn.connection, question.report_id, letter.lower())
    questions.close(turn.connection, question.id, now=turn.now)
    one = sessions.booked(turn.connection, question.booking_id) if question.booking_id else None
    if one is None:
        nothing_booked.say(turn)
        return
    report_id, key = question.report_id or 0, f"late.band:q{question.id}"
    _tell_supervisor(turn, one, "late.band", report_id=report_id, key=key, late=letter.lower())
    turn.say("late.noted", {"late": letter.lower(), **sessions.place(one)}, about=one)


def not_coming(turn: PersonTurn, one: Booked, report_id: int) -> None:
    """Whoever heard that they will be late need not wait: they can't come after all."""
    _tell_leaders(turn, one, leading.of(turn.connection, one.session_id), "late.cant", key=f"late.cant:r{report_id}")


def _tell_supervisor(turn: PersonTurn, one: Booked, string: str, *, report_id: int, key: str, **fields: str) -> None:
    """They answer that they wait, or go. Without a supervisor it is a task for whoever keeps the rota."""
    leaders = leading.of(turn.connection, one.session_id)
    if not leaders:
        turn.to_staff("late_no_supervisor", due_at=max(turn.now, one.starts_at))
        return
    buttons = [[[f"button.{word}", {}, f"l:{report_id}::{word}"] for word in ("wait", "go")]]
    _tell_leaders(turn, one, leaders, string, key=key, buttons=buttons, **fields)


def _tell_leaders(turn: PersonTurn, one: Booked, leaders: Collection[int], string: str, *, key: str, **fields: Any) -> None:
    """Initials and session, nothing else, to each who leads it; of the restricted only their number on the list, and never
    on Telegram.
    """
    closed = one.women_only or turn.person.restricted
    who = {"number": _number(turn, one)} if closed else {"initials": turn.person.initials, **sessions.place(one)}
    wanted = [
        Notice(
            key=f"{key}:m{staff_id}",
            purpose="late",
            string=f"{string}_closed" if closed else string,
            lane=notices.REMINDER,
            expires_at=max(one.starts_at, turn.now) + WORTH_TELLING,
            fields={**one.starts, **who, **fields},
            staff_id=staff_id,
            channel="sms" if closed else None,
        )
        for staff_id in leaders
    ]
    notices.write_all(turn.connection, turn.council, wanted, now=turn.now)


def _number(turn: PersonTurn, one: Booked) -> str:
    line = rosters.of_session(turn.connection, one.session_id).of_booking(one.booking_id)
    return str(line.number) if line else ""
