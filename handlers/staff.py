"""What staff say: of alerts ACK, PASS, TAKE and DONE; of the rest what its flow reads.

By text or by button. Anything else gets a line on what can be said.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from db import alerts, staff_questions, undelivered
from db import people as who
from db.people import Staff
from handlers import (
    broadcast,
    covering,
    crisis_words,
    marking,
    on_site,
    pack_check,
    queues,
    reading,
    roster,
    rota,
    threads,
    walk_in,
)
from handlers.reading import Message
from handlers.turn import StaffTurn
from locales.numbers import spoken
from notifications import buttons
from notifications.buttons import Press

COMMAND = re.compile(r"(ack|pass|take)\W*(\d{1,18})\W*", re.IGNORECASE)
OVER = re.compile(r"done\W*(\d{1,18})\W+([a-d])\W*", re.IGNORECASE)
LONGEST = 2000  # characters of what was written that one message shows
ANSWERS = {
    "passed": "alert.passed",
    "tested": "alert.tested",
    "restricted": "alert.restricted",
    "resolved": "alert.done",
    "taken": "alert.taken",
    "not_yours": "alert.not_yours",
    "finished": "alert.finished",
    "unknown": "alert.unknown",
    "mark_first": "alert.mark_first",
    "cover_first": "alert.cover_first",
}
BY_TEXT = (
    rota.by_text, threads.by_text, queues.by_text, on_site.by_text, broadcast.begin, threads.answer, roster.by_text,
    walk_in.named,
)  # fmt: skip  # the first that knows it
PRESSED: dict[str, Callable[[StaffTurn, Press], None]] = {
    **on_site.PRESSED,
    "broadcast": broadcast.pressed,
    "pack": pack_check.pressed,
    "task": queues.pressed,
    "thread": threads.pressed,
    "duty": rota.pressed,
    "swap": rota.pressed,
}
ACKED = {
    "missed": "alert.acked_missed", "unmarked": "alert.acked_unmarked", "unled": "alert.acked_unled",
    "undelivered": "alert.acked_undelivered",
}  # fmt: skip


def handle(turn: StaffTurn) -> None:
    if turn.message.kind == "press":
        _pressed(turn)
        return
    text = turn.message.text.strip()
    if match := COMMAND.fullmatch(text):
        _answer(turn, match[1].lower(), int(match[2]))
    elif match := OVER.fullmatch(text):
        _answer(turn, match[2].lower(), int(match[1]))
    elif text.lower() in ("", "0", "?", "menu", "/start", "/help"):
        turn.say("staff.help_supervisor" if turn.member.role == "supervisor" else "staff.help")
    elif not any(by_text(turn) for by_text in BY_TEXT):
        turn.say("staff.unknown_supervisor" if turn.member.role == "supervisor" else "staff.unknown")


def is_draft(connection: Connection, message: Message, member: Staff, *, now: datetime) -> bool:
    """Whether these words are for people, who are written to only once they were shown to whoever wrote them. What is in
    them, such as a helpline, is then said to somebody, and is no cry for help."""
    question = staff_questions.latest(connection, member.id, now=now)
    writes = question is not None and question.kind in (threads.WRITING, broadcast.WRITING)
    return writes and message.channel == "telegram" and not marking.is_command(message.text.strip())


def _pressed(turn: StaffTurn) -> None:
    press = buttons.read(turn.message.data)
    if press is not None and press.kind == "alert" and press.word in ("ack", "pass", "take", *"abcd"):
        _answer(turn, press.word, press.subject)
    elif press is not None and (pressed := PRESSED.get(press.kind)) is not None:
        pressed(turn, press)
    else:
        turn.toast = "stale"


def _answer(turn: StaffTurn, word: str, alert_id: int) -> None:
    answer = _act(turn, word, alert_id)
    if answer == "acknowledged":
        _acknowledged(turn, alert_id)
    else:
        turn.say(ANSWERS[answer], _fields(turn, answer, alert_id))


def _act(turn: StaffTurn, word: str, alert_id: int) -> alerts.Answer:
    about = (turn.connection, turn.council, alert_id, turn.member)
    if word == "pass":
        return alerts.pass_on(*about, now=turn.now)
    if word in ("ack", "take"):
        return alerts.acknowledge(*about, now=turn.now, take=word == "take")
    alert = alerts.by_id(turn.connection, alert_id)
    return alerts.resolve(*about, alerts.outcomes(alert.klass).get(word, "") if alert else "", now=turn.now)


def _fields(turn: StaffTurn, answer: alerts.Answer, alert_id: int) -> dict[str, Any]:
    """With the initials of who has it, and since when."""
    alert = alerts.by_id(turn.connection, alert_id)
    fields: dict[str, Any] = {"alert": str(alert_id)}
    if answer == "taken" and alert is not None and alert.owner_id is not None:
        at = (alert.acknowledged_at or turn.now).isoformat()
        fields |= {"owner": who.member(turn.connection, alert.owner_id).initials, "day": at, "time": at}
        fields["buttons"] = [[("button.take", {}, buttons.about_alert(str(alert_id), "take"))]]
    return fields


def _acknowledged(turn: StaffTurn, alert_id: int) -> None:
    alert = alerts.by_id(turn.connection, alert_id)
    turn.say(ACKED.get(alert.klass, "alert.acked") if alert else "alert.acked", {"alert": str(alert_id)})
    if alert is not None and alert.klass == "unmarked" and turn.message.channel == "telegram":
        roster.show_of(turn, alert.session_id)
    if alert is not None and alert.klass == "unled" and alert.session_id is not None:
        covering.offer(turn, alert.session_id)
    if alert is None or alert.klass in alerts.ENDS_ITSELF or not _may_show(turn, alert):
        return
    alerts.note_read(turn.connection, alert, turn.member, now=turn.now)
    if alert.klass == "missed":
        _say_how_to_reach(turn, alert)
    elif alert.klass == "undelivered":
        _say_whom_to_ring(turn, alert)
    else:
        _say_what_was_written(turn, alert)


def _say_how_to_reach(turn: StaffTurn, alert: alerts.Alert) -> None:
    """The number, with the mode they chose: whoever rings must not say more than a message would."""
    if alert.person_id is None:
        return
    person = who.person(turn.connection, alert.person_id)
    phone = "" if person.mode == "no_contact" else spoken(person.phone)
    fields = {"alert": str(alert.id), "initials": person.initials, "phone": phone, "ring": person.mode}
    turn.say("alert.ring" if phone else "alert.do_not_ring", fields)


def _say_whom_to_ring(turn: StaffTurn, alert: alerts.Alert) -> None:
    people = who.people_by_id(turn.connection, undelivered.unreached(turn.connection, alert.session_id or 0, now=turn.now))
    lines = [
        ("alert.do_not_ring" if person.mode == "no_contact" else "alert.ring",
         {"initials": person.initials, "phone": spoken(person.phone) or "-", "ring": person.mode})
        for person in people.values()
    ]  # fmt: skip
    if lines:
        turn.say_anew("alert.to_ring", {"lines": lines})


def _say_what_was_written(turn: StaffTurn, alert: alerts.Alert) -> None:
    person = who.person(turn.connection, alert.person_id) if alert.person_id else None
    messages = [reading.read(*stored) for stored in alerts.words(turn.connection, alert.id)]
    turn.say(
        "alert.detail",
        {
            "alert": str(alert.id),
            "initials": person.initials if person else "?",
            "kind": alert.klass,
            "message": crisis_words.around("\n".join(message.text for message in messages if message.text), LONGEST),
            "phone": spoken(person.phone if person else _number(messages)) or "-",
        },
    )


def _may_show(turn: StaffTurn, alert: alerts.Alert) -> bool:
    """Names and words only on Telegram, only where the council allows all of it there, never of a restricted class."""
    return turn.message.channel == "telegram" and turn.council.telegram_staff == "full" and not alert.restricted


def _number(messages: list[Message]) -> str:
    """Where a stranger can be rung: the number that they texted from."""
    return next((message.address for message in messages if message.channel == "sms"), "")
