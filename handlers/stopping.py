"""STOP and START. Stopping is never recorded as anything but a wish; staff agree another way with the person."""

from datetime import datetime

from db import access, choices, crypto, people, suppressions
from handlers.turn import PersonTurn

PROVIDER_STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
PROVIDER_STARTS = frozenset({"START", "YES", "UNSTOP"})
"""Twilio's own keywords, as whole messages (its "Error 21610" and "Advanced Opt-Out" pages)."""


def provider_keyword(turn: PersonTurn) -> bool:
    """Handles a word that the SMS provider has already acted on. False when there is none."""
    if turn.message.channel != "sms" or turn.council.stop != "provider":
        return False
    word = turn.message.text.strip().upper()
    if word in PROVIDER_STOPS:
        _stop(turn, "all")
        suppressions.suppress(turn.connection, _address(turn), suppressions.EVERYTHING, "provider_stop", now=turn.now)
        return True
    if word in PROVIDER_STARTS and (word != "YES" or turn.person.stop_level == "all"):
        start(turn)
        return True
    return False


def stop(turn: PersonTurn, *, everything: bool) -> None:
    """Our own two levels: reminders first, all with STOP ALL or a second STOP."""
    if everything or turn.person.stop_level != "none":
        _stop(turn, "all")
        turn.say("stop.all")
    else:
        _stop(turn, "reminders")
        turn.say("stop.reminders")


def _stop(turn: PersonTurn, level: str) -> None:
    people.update(turn.connection, turn.person.id, stop_level=level)
    access.log(turn.connection, turn.person.ref, f"stopped.{level}", now=turn.now, person_id=turn.person.id)
    turn.to_staff("stopped", klass=level, due_at=_next_working_day(turn))


def start(turn: PersonTurn) -> None:
    people.update(turn.connection, turn.person.id, stop_level="none")
    choices.resume(turn.connection, turn.person, now=turn.now)
    suppressions.lift(turn.connection, _address(turn), by=turn.person.ref, now=turn.now)
    access.log(turn.connection, turn.person.ref, "started", now=turn.now, person_id=turn.person.id)
    turn.say("started")


def _address(turn: PersonTurn) -> str:
    return crypto.keys().hash(turn.message.address)


def _next_working_day(turn: PersonTurn) -> datetime:
    return turn.council.due_in_working_days(turn.now, 1)
