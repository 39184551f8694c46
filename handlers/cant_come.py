"""2: I can't come. Recorded at once; then one question, for the kind of reason only. A worker decides, never we."""

from datetime import timedelta

from db import absences, questions, reports, sessions
from db.questions import Question
from db.sessions import Booked
from handlers import coming, late, meant, nothing_booked, understanding
from handlers.turn import PersonTurn
from locales import words

MORE_WITHIN = timedelta(hours=1)
REASONS = {"A": "ill", "B": "work", "C": "caring", "D": "appointment", "E": "travel", "F": "other"}


def begin(turn: PersonTurn) -> None:
    asked_of = meant.asked_to_report(turn)
    one = asked_of or turn.near.to_report
    if other := meant.named(turn, one):
        _ask_first(turn, other)
    elif _says_more(turn):
        return
    elif other := None if asked_of else meant.put_since(turn, one):
        _ask_first(turn, other)
    elif one is None:
        turn.to_worker()  # they may mean one that we do not know of
        nothing_booked.say(turn)
    else:
        report(turn, one)


def _ask_first(turn: PersonTurn, other: Booked) -> None:
    """What is recorded of one session would excuse nobody from another. A worker has their words, should they not answer."""
    turn.to_worker()
    coming.ask(turn, again=other)


def _says_more(turn: PersonTurn) -> bool:
    """An excuse just after the reason was given is more about it: a worker reads it, and it is not asked for again."""
    booking_id = reports.explained(turn.connection, turn.person.id, since=turn.now - MORE_WITHIN)
    one = sessions.booked(turn.connection, booking_id) if booking_id else None
    lexicons = words.for_person(turn.person.language)
    if one is None or not any(understanding.read_words(turn.message.text, each).has("excuse") for each in lexicons):
        return False
    _for_case_manager(turn, one, turn.message.text)
    _noted(turn, one)
    return True


def report(turn: PersonTurn, one: Booked) -> None:
    report_id = reports.report(
        turn.connection, one, "cant", channel=turn.message.channel, now=turn.now, actor=turn.person.ref
    )
    if one.answer == "late":
        late.not_coming(turn, one, report_id)
    _for_case_manager(turn, one)
    until = one.starts_at if one.starts_at > turn.now else None
    question = turn.ask("reason", booking_id=one.booking_id, report_id=report_id, expires_at=until)
    turn.say("cant.reason", about=one, question=question)


def _for_case_manager(turn: PersonTurn, one: Booked, note: str | None = None) -> None:
    """The reason is followed up within the council's working days and before the next session, whichever is first."""
    due_at = turn.council.due_in_working_days(turn.now, turn.council.followup_working_days)
    after = [other for other in turn.near.ahead if other.starts_at > one.starts_at]
    if after:
        due_at = min(due_at, after[0].starts_at)
    absences.to_decide(turn.connection, one.booking_id, turn.person.id, due_at=due_at, now=turn.now, note=note)


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
    _noted(turn, one)
    if one is not None:
        coming.offer_other(turn, one)


def _noted(turn: PersonTurn, one: Booked | None) -> None:
    call_by = turn.council.due_in_working_days(turn.now, turn.council.followup_working_days)
    turn.say("cant.noted", {"day": call_by.isoformat()}, about=one)
