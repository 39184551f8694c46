"""What an officer decides on an absence, by name. Rows are added, never changed; the newest of a booking stands.

Supervisors record who was there; whether a reason is accepted is for an officer. The person hears "accepted", or "please
call", and nothing else. A warning is never issued here.
"""

from datetime import date, timedelta

from db import absences, notices, sessions, tasks
from db.absences import Absence
from db.change import Change, ChangeError
from db.council import LONDON, at_minute
from db.notices import Notice
from db.schema import decisions as rows
from db.schema import notices as notice_rows

LASTS = timedelta(days=5)  # news that could not be said by then is for the officer to say
WITHDRAWN = "withdrawn"
ACCEPTED = ("decision.accepted", "decision.accepted_last")  # with the next session, and with none to come
SETTLED = ("decision.settled", "decision.settled_last")  # to who was sent home, and gave no reason
NEED_A_REASON = ("not_accepted", WITHDRAWN)
WORDS = {"accepted": "accepted", "not_accepted": "not accepted", "more_info": "waiting for more"}


def decide(
    change: Change, booking_id: int, decision: str, *, proof: str | None = None, proof_due: date | None = None
) -> Absence:
    """Records it, says what may be said, and closes the task, or puts it to sleep until the proof is due.

    `decision` is one of the table's. A proof belongs to `more_info` alone, is one of the council's, and is due after its
    working days where no day is given. Raises ChangeError or Refused.
    """
    one = absences.find(change.connection, booking_id)
    change.require("absence.decide", one.team)
    _may_be_decided(change, one, decision)
    due = _due(change, decision, proof, proof_due)
    decision_id = _add(change, one, decision, proof, due)
    _take_back_what_waits(change, one)
    if decision == "more_info":
        _wait(change, one, due)
    elif decision == WITHDRAWN:
        _open(change, one)
    else:
        absences.decided(change.connection, one.booking_id, now=change.now)
    if decision != WITHDRAWN:
        _tell(change, one, decision, decision_id)
    return absences.find(change.connection, booking_id)


def _may_be_decided(change: Change, one: Absence, decision: str) -> None:
    about = f'"{one.person_ref}" on "{one.session_ref}"'
    stands = one.decision
    if change.actor.member is None:
        raise ChangeError("a decision needs the name of whoever makes it; say who with --as REF")
    if decision in NEED_A_REASON and not change.reason:
        raise ChangeError("say why: the person may ask, and only staff see it")
    if decision == WITHDRAWN:
        if stands is None:
            raise ChangeError(f"nothing is decided about {about}, so nothing can be taken back")
        return
    if stands is not None and stands.decision != "more_info":
        at = f"{stands.at.astimezone(LONDON):%a %d %b %Y}"
        said = f"is {WORDS[stands.decision]} already, by {stands.actor} on {at}"
        raise ChangeError(f"{about} {said}; take that back first, with `turnup decide ... withdrawn`")
    if one.by_service:
        raise ChangeError(f"{about} was the service's doing and never counts, so there is nothing to decide")
    if not one.is_one:
        why = f"is marked {one.mark.replace('_', ' ')}" if one.mark else "has not said that they can't come"
        raise ChangeError(f"{about} {why}, so there is no absence to decide on")
    if decision == "not_accepted" and one.starts_at > change.now:
        raise ChangeError(f'"{one.session_ref}" has not begun: until then accept the reason, or ask for more')


def _due(change: Change, decision: str, proof: str | None, day: date | None) -> date | None:
    if proof is None:
        if day is not None:
            raise ChangeError("a day is for a proof; name what is asked for too")
        return None
    if decision != "more_info":
        raise ChangeError("a proof is asked for with more_info alone")
    if proof not in change.council.proofs:
        raise ChangeError(f'"{proof}" is none of {", ".join(change.council.proofs)}; choose one of those')
    today = change.now.astimezone(LONDON).date()
    if day is not None and day <= today:
        raise ChangeError(f"{day} leaves no time to show it; give a day to come")
    return day or change.council.due_in_working_days(change.now, change.council.proof_working_days).date()


def _add(change: Change, one: Absence, decision: str, proof: str | None, due: date | None) -> int:
    row = {
        "booking_id": one.booking_id, "report_id": one.report.id if one.report else None, "decision": decision,
        "proof": proof, "proof_due": due, "staff_id": change.actor.member.id if change.actor.member else None,
        "actor": change.actor.name, "reason": change.reason, "at": change.now,
    }  # fmt: skip
    made: int = change.connection.execute(rows.insert().values(**row).returning(rows.c.id)).scalar_one()
    change.log(f"decided.{decision}", one.session_ref, one.person_id)
    return made


def _take_back_what_waits(change: Change, one: Absence) -> None:
    ours = (notice_rows.c.booking_id == one.booking_id, notice_rows.c.purpose == "decision")
    notices.withdraw(change.connection, *ours, status="superseded", why="decided_anew", now=change.now)


def _open(change: Change, one: Absence) -> None:
    due_at = absences.follow_up_by(change.connection, change.council, one.person_id, one.starts_at, now=change.now)
    absences.to_decide(change.connection, one.booking_id, one.person_id, due_at=due_at, now=change.now)


def _wait(change: Change, one: Absence, due: date | None) -> None:
    """The task sleeps until the proof is due, or for as long as following up may take, and is then to be decided."""
    _open(change, one)
    within = change.council.followup_working_days
    until = at_minute(due, change.council.staffed.until) if due else change.council.due_in_working_days(change.now, within)
    again = change.council.due_in_working_days(until, 1)
    tasks.sleep(change.connection, f"absence:b{one.booking_id}", until=until, due_at=again)


def _tell(change: Change, one: Absence, decision: str, decision_id: int) -> None:
    fields = {"date": one.starts_at.astimezone(LONDON).date().isoformat()}
    string, expires_at = "decision.call", change.now + LASTS
    if decision == "accepted":
        with_next, string = SETTLED if one.mark == "sent_home_behaviour" else ACCEPTED
        ahead = sessions.coming_up(change.connection, one.person_id, now=change.now)
        following = next((each for each in ahead if each.booking_id != one.booking_id and each.answer != "cant"), None)
        if following is not None:
            string, expires_at = with_next, min(expires_at, following.starts_at)
            fields |= {**following.starts, **sessions.place(following)}
    notice = Notice(
        key=f"decision:{decision_id}", purpose="decision", string=string, lane=notices.REST, expires_at=expires_at,
        timing="routine", fields=fields, person_id=one.person_id, booking_id=one.booking_id,
    )  # fmt: skip
    notices.write(change.connection, change.council, notice, now=change.now)
