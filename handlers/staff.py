"""What staff say of alerts: ACK, PASS and DONE, by text or by button. Anything else gets a line on what can be said."""

import re

from db import access, alerts
from db import people as who
from handlers import reading
from handlers.reading import Message
from handlers.turn import StaffTurn
from notifications import buttons

COMMAND = re.compile(r"(ack|pass)\W*(\d{1,18})\W*", re.IGNORECASE)
OVER = re.compile(r"done\W*(\d{1,18})\W+([a-d])\W*", re.IGNORECASE)
LONGEST = 2000  # characters of what was written that one message shows
ANSWERS = {
    "passed": "alert.passed",
    "resolved": "alert.done",
    "taken": "alert.taken",
    "not_yours": "alert.not_yours",
    "finished": "alert.finished",
    "unknown": "alert.unknown",
}


def handle(turn: StaffTurn) -> None:
    if turn.message.kind == "press":
        press = buttons.read(turn.message.data)
        if press is not None and press.kind == "alert" and press.word in ("ack", "pass", *alerts.OUTCOMES):
            _answer(turn, press.word, press.subject)
        else:
            turn.toast = "stale"
        return
    text = turn.message.text.strip()
    if match := COMMAND.fullmatch(text):
        _answer(turn, match[1].lower(), int(match[2]))
    elif match := OVER.fullmatch(text):
        _answer(turn, match[2].lower(), int(match[1]))
    elif text.lower() in ("", "0", "?", "menu", "/start", "/help"):
        turn.say("staff.help")
    else:
        turn.say("staff.unknown")


def _answer(turn: StaffTurn, word: str, alert_id: int) -> None:
    if word == "pass":
        answer = alerts.pass_on(turn.connection, turn.council, alert_id, turn.member, now=turn.now)
    elif word == "ack":
        answer = alerts.acknowledge(turn.connection, turn.council, alert_id, turn.member, now=turn.now)
    else:
        answer = alerts.resolve(turn.connection, alert_id, turn.member, alerts.OUTCOMES[word], now=turn.now)
    if answer == "acknowledged":
        _acknowledged(turn, alert_id)
    else:
        turn.say(ANSWERS[answer], {"alert": str(alert_id), "owner": _owner(turn, alert_id)})


def _owner(turn: StaffTurn, alert_id: int) -> str:
    """The initials of who has it."""
    alert = alerts.by_id(turn.connection, alert_id)
    if alert is None or alert.owner_id is None:
        return ""
    return "".join(part[:1] for part in who.member(turn.connection, alert.owner_id).name.split()).upper()


def _acknowledged(turn: StaffTurn, alert_id: int) -> None:
    turn.say("alert.acked", {"alert": str(alert_id)})
    alert = alerts.by_id(turn.connection, alert_id)
    if alert is None or not _may_show(turn, alert):
        return
    person = who.person(turn.connection, alert.person_id) if alert.person_id else None
    messages = [reading.read(*stored) for stored in alerts.words(turn.connection, alert_id)]
    access.log(turn.connection, turn.member.ref, "alert.read", now=turn.now, person_id=alert.person_id)
    turn.say(
        "alert.detail",
        {
            "alert": str(alert_id),
            "initials": person.initials if person else "?",
            "kind": alert.klass,
            "message": "\n".join(message.text for message in messages if message.text)[:LONGEST],
            "phone": (person.phone if person else _number(messages)) or "-",
        },
    )


def _may_show(turn: StaffTurn, alert: alerts.Alert) -> bool:
    """Names and words only on Telegram, only where the council allows all of it there, never of a restricted class."""
    return turn.message.channel == "telegram" and turn.council.telegram_staff == "full" and not alert.restricted


def _number(messages: list[Message]) -> str:
    """Where a stranger can be rung: the number that they texted from."""
    return next((message.address for message in messages if message.channel == "sms"), "")
