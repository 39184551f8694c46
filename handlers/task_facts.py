"""What one task is about, as lines for whoever works on it: on Telegram alone, and never more than the task needs."""

from typing import Any

from db import absences, access, queues
from db import people as who
from db.absences import Absence
from db.change import Change
from db.council import at_minute
from db.queues import Task
from handlers import crisis_words
from locales.numbers import spoken

Said = list[tuple[str, dict[str, Any]]]
LONGEST = 1500  # characters of what was written that one message shows
COUNTED = ("came", "late", "sent_home", "accepted", "not_accepted", "open")
NOON = 12 * 60
RUNG = ("call_back", "not_reached", "stopped", "welfare", "missed", *queues.QUEUES["details"])


def of(change: Change, task: Task) -> Said:
    """That it was looked at is logged."""
    about: dict[str, Any] = {"person_id": task.person_id, "reason": f"task {task.id}"}
    access.log(change.connection, change.actor.name, "worked.read", now=change.now, **about)
    said: Said = []
    if task.sleeps(change.now) and task.wakes_at is not None:
        said.append(("task.sleeping", {"day": task.wakes_at.isoformat()}))
    if task.queue == "decisions":
        said += _absence(change, absences.find(change.connection, task.booking_id))
    if task.kind == "pack_request":
        said.append(("task.look", {}))
    if task.kind in RUNG and task.person_id is not None:
        said.append(_ring(change, task.person_id))
    written = crisis_words.around("\n".join(queues.lines(task)), LONGEST)
    return [*said, ("task.wrote", {"message": written})] if written else said


def _ring(change: Change, person_id: int) -> tuple[str, dict[str, Any]]:
    """The number, with the mode they chose: whoever rings must not say more than a message would."""
    person = who.person(change.connection, person_id)
    phone = "" if person.mode == "no_contact" else spoken(person.phone)
    return ("task.ring", {"phone": phone, "ring": {"say": f"ring.{person.mode}"}}) if phone else ("task.do_not_ring", {})


def _absence(change: Change, one: Absence) -> Said:
    starts = one.starts_at.isoformat()
    said: Said = [("task.session", {"day": starts, "time": starts, "place": one.nickname})]
    if one.mark != "sent_home_behaviour" or one.report is not None:
        said.append(_told(one))
    if one.mark is not None:
        said.append(("task.marked", {"word": {"say": f"roster.mark.{one.mark}"}}))
    if one.unaware:
        said.append(("task.unaware", {}))
    if one.by_service:
        said.append(("task.by_service", {}))
    said += _decided(one)
    before = absences.history(change.connection, change.council, one, now=change.now)
    counted = {name: str(getattr(before, name)) for name in COUNTED}
    said.append(("task.history", counted))
    if before.service:
        said.append(("task.service", {"n": str(before.service)}))
    if before.pattern:
        said.append(("task.pattern", {}))
    stage = absences.suggested(change.council, one, before)
    return [*said, ("task.stage", {"stage": stage})] if stage and not one.by_service else said


def _told(one: Absence) -> tuple[str, dict[str, Any]]:
    if one.report is None:
        return "task.untold", {}
    reason = {"say": f"task.reason.{one.report.reason or 'none'}"}
    minutes = one.report.minutes_before
    if minutes < 0:
        return "task.told_after", {"reason": reason}
    return "task.told", {"reason": reason, "done": minutes}


def _decided(one: Absence) -> Said:
    stands = one.decision
    if stands is None:
        return []
    if stands.proof is not None and stands.proof_due is not None:
        due = at_minute(stands.proof_due, NOON).isoformat()
        return [("task.proof", {"proof": stands.proof, "day": due, "owner": stands.actor})]
    return [("task.stands", {"word": {"say": f"task.decided.{stands.decision}"}, "owner": stands.actor})]
