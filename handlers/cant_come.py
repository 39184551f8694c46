"""2: I can't come. Recorded at once; then one question, for the kind of reason only. A worker decides, never we."""

from db import questions, reports, sessions, tasks
from db.questions import Question
from db.sessions import Booked
from handlers import coming
from handlers.turn import PersonTurn

REASONS = {"A": "ill", "B": "work", "C": "caring", "D": "appointment", "E": "travel", "F": "other"}


def begin(turn: PersonTurn) -> None:
    one = turn.near.to_report
    if one is None:
        turn.to_staff("message", turn.message.shown)  # they may mean one that we do not know of
        turn.say("session.none")
    else:
        report(turn, one)


def report(turn: PersonTurn, one: Booked) -> None:
    report_id = reports.report(
        turn.connection, one, "cant", channel=turn.message.channel, now=turn.now, actor=turn.person.ref
    )
    _for_case_manager(turn, one)
    until = one.starts_at if one.starts_at > turn.now else None
    question = turn.ask("reason", booking_id=one.booking_id, report_id=report_id, expires_at=until)
    turn.say("cant.reason", about=one, question=question)


def _for_case_manager(turn: PersonTurn, one: Booked) -> None:
    """The reason is followed up within the council's working days and before the next session, whichever is first."""
    due_at = turn.council.due_in_working_days(turn.now, turn.council.followup_working_days)
    after = [other for other in turn.near.ahead if other.starts_at > one.starts_at]
    if after:
        due_at = min(due_at, after[0].starts_at)
    tasks.open_task(
        turn.connection,
        key=f"absence:b{one.booking_id}",
        kind="absence",
        person_id=turn.person.id,
        owner_id=turn.person.case_manager_id,
        now=turn.now,
        due_at=due_at,
    )


def reason(turn: PersonTurn, question: Question, letter: str) -> None:
    one = sessions.booked(turn.connection, question.booking_id) if question.booking_id else None
    report_id = question.report_id
    if report_id is None and one is not None:  # asked after a session that they missed: this is the first word of it
        report_id = reports.report(
            turn.connection, one, "cant", channel=turn.message.channel, now=turn.now, actor=turn.person.ref
        )
        _for_case_manager(turn, one)
    if report_id is not None:
        reports.set_reason(turn.connection, report_id, REASONS[letter])
    questions.close(turn.connection, question.id, now=turn.now)
    call_by = turn.council.due_in_working_days(turn.now, turn.council.followup_working_days)
    turn.say("cant.noted", {"day": call_by.isoformat()}, about=one)
    if one is not None:
        coming.offer_other(turn, one)
