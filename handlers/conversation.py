"""The way of every message: who is this, is anyone in danger, what do they want, one flow."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from db import contact, crypto, links, suppressions
from db.council import Council
from db.people import Person
from db.prepared import Prepared
from db.questions import Question
from db.schema import notices
from handlers import (
    answering,
    crisis,
    details,
    fallback,
    feedback,
    home_pack,
    language,
    meant,
    pin,
    pressing,
    reading,
    senders,
    staff,
    stopping,
    strangers,
    talk,
    understanding,
    wishes,
)
from handlers.reading import Message
from handlers.senders import Ahead, Known
from handlers.turn import PersonTurn, StaffTurn, Turn
from handlers.understanding import Crisis, Understood
from locales import words
from locales.catalog import Catalogs

UNSENT = ("ignored", "group", "blocked")  # what no person or member of staff has sent to us
REPORTED = ("cant", "late")

_PUT_TO_THEM = Prepared(
    select(notices.c.id)
    .where(
        notices.c.booking_id == bindparam("id"),
        notices.c.booking_version == bindparam("version"),
        notices.c.session_version == bindparam("session_version"),
        notices.c.string.in_(meant.ASKING),
        notices.c.status.in_(("open", "told")),
    )
    .limit(1)
)


class Heard(NamedTuple):
    """A message with the danger that its words tell of, as far as they alone tell it."""

    message: Message
    danger: Crisis | None


def hear(door: str, payload: str) -> Heard:
    """Raises reading.MalformedError."""
    message = reading.read(door, payload)
    return Heard(message, understanding.crisis(message.text) if message.text else None)


def handle_all(connection: Connection, council: Council, heard: Mapping[int, Heard], *, now: datetime) -> list[Turn]:
    """Messages by their ids, in order, within the caller's transaction; what the first of them ask is read for all."""
    turns, waiting = [], list(heard.items())
    for start in range(0, len(waiting), senders.TOGETHER):
        some = waiting[start : start + senders.TOGETHER]
        ahead = Ahead(connection, [one.message for _, one in some if one.message.kind not in UNSENT], now=now)
        turns += [handle(connection, council, inbound_id, one, ahead, now=now) for inbound_id, one in some]
    return turns


def handle(connection: Connection, council: Council, inbound_id: int, heard: Heard, ahead: Ahead, *, now: datetime) -> Turn:
    """One message, whole: every change it makes and every notice it causes."""
    message, danger = heard
    about: tuple[Any, ...] = (connection, council, inbound_id, message, now)
    turn = Turn(*about)
    if message.kind in ("ignored", "group"):
        return turn
    if message.kind == "blocked":
        links.block(connection, crypto.keys().hash(message.address), now=now)
        ahead.forget()
        return turn
    known = _known(connection, ahead, message)
    sender = known.sender
    if message.kind == "unblocked":
        return turn
    if sender.person is not None and not (danger and _is_lost(sender.person, message)):
        turn = PersonTurn(*about, person=sender.person)
        turn.told, turn.near, turn.question = known.told, known.near, known.question
        _person(turn, danger)
    elif sender.staff is not None and (danger is None or staff.is_draft(connection, message, sender.staff, now=now)):
        turn = StaffTurn(*about, member=sender.staff)
        _staff(turn)
    elif danger is not None:
        crisis.from_stranger(turn, danger)
    else:
        strangers.handle(turn, sender)
    return turn


def _known(connection: Connection, ahead: Ahead, message: Message) -> Known:
    known = ahead.of(message)
    owner = known.sender.person or known.sender.staff
    if message.channel == "sms" or owner is None or owner.sealed_chat is not None:
        return known
    links.unblock(connection, message.address)  # who writes to us does not block us any more
    return ahead.anew(message)


def _is_lost(person: Person, message: Message) -> bool:
    """Whoever has this number now said that it is not this person's."""
    return person.number_suspended and message.channel == "sms"


def _staff(turn: StaffTurn) -> None:
    code = strangers.code_of(turn.message)
    if not (code and strangers.redeem(turn, code)):
        staff.handle(turn)


def _person(turn: PersonTurn, danger: str | None) -> None:
    if turn.person.doubted and turn.message.channel == "sms":  # the network had given up this number, but it works
        hashed = crypto.keys().hash(turn.message.address)
        suppressions.lift(turn.connection, hashed, by=turn.person.ref, now=turn.now, why=contact.UNREACHABLE)
    if danger is not None:
        crisis.respond(turn, danger)
    elif _is_lost(turn.person, turn.message):
        turn.to_staff("wrong_number", turn.message.shown)
    elif stopping.provider_keyword(turn):
        return
    elif turn.person.out_of_reach:
        turn.to_worker()
    elif turn.message.kind == "press":
        pressing.pressed(turn)
    elif turn.message.kind == "media" and _reports(turn):
        turn.to_worker()
        _text(turn)
    elif turn.message.kind == "media" and home_pack.photo(turn):
        return
    elif turn.message.kind == "media":
        fallback.to_human(turn, string="media")
    elif turn.message.kind == "forwarded":
        fallback.to_human(turn)  # somebody else's words, or words that were meant for somebody else
    else:
        _text(turn)


def _reports(turn: PersonTurn) -> bool:
    """Whether the words beside a picture say can't come, or late. "My sick line" alone is about the picture."""
    text, language = turn.message.text, turn.person.language
    if not text or understanding.understand(text, asked=False, locale=language).intent not in REPORTED:
        return False
    return any(understanding.read_words(text, each).has(*REPORTED) for each in words.for_person(language))


def _text(turn: PersonTurn) -> None:
    text = turn.message.text
    if turn.message.channel == "telegram":
        code = strangers.code_of(turn.message)
        if code and strangers.redeem(turn, code):
            return
        if strangers.START.fullmatch(text.strip()):
            turn.say("menu")
            return
    question = turn.question
    if question is not None and feedback.take(turn, question):
        return
    to_worker = answering.is_spoken_to(turn)
    if to_worker:
        question = None
    kind: Any = question.kind if question and question.kind in (*wishes.ANSWERS, "pin", "language") else None
    understood = understanding.understand(
        text,
        # A number means the same, whatever was asked.
        asked=not (to_worker or text.strip().isdigit()) and _was_asked(turn, question),
        letters=wishes.letters(kind),
        question=kind,
        locale=turn.person.language,
    )
    if to_worker and answering.heard(turn, understood):
        return
    if understood.intent != "unknown" and understanding.idiom(text):
        turn.to_worker()
    if understood.intent == "letter" and question is not None:
        wishes.answer(turn, question, understood.letter or "")
    elif understood.language is not None:
        language.choose(turn, understood.language, question)
    elif understood.intent == "pin" and question is not None:
        if pin.check(turn, question, understood.pin or ""):
            wishes.grant(turn, question.then or "menu", question)
    else:
        doubted = understood.intent == "coming" and _undoes_a_report(turn, question)
        wishes.grant(turn, "ask" if doubted else understood.intent, question)
        _besides(turn, understood)


def _undoes_a_report(turn: PersonTurn, question: Question | None) -> bool:
    """Words that may be a goodbye, like "see you Monday" after "can't come". Only 1, its button or a yes to S43 is plain."""
    text = turn.message.text.strip()
    if understanding.normalise(text).isdigit() or text in _labels() or (question is not None and question.kind == "coming"):
        return False
    one = turn.near.to_answer
    return one is not None and one.answer in REPORTED


def _labels() -> set[str]:
    """The key that says "I'm coming", in any language: the keyboard may be older than the language."""
    catalogs = Catalogs.load()
    return {
        catalogs.text("keyboard.coming", locale=locale, channel="telegram", mode="standard") for locale in catalogs.languages
    }


def _besides(turn: PersonTurn, understood: Understood) -> None:
    """What the same message asked for as well. A call goes to staff as it is, where another question has just been asked."""
    for intent in understood.also:
        if intent in talk.KINDS and understood.intent in ("cant", "late"):
            talk.queue(turn, talk.KINDS[intent])
        elif intent in ("details", "new_number") and understood.intent in ("cant", "late"):
            details.queue(turn)
        elif intent in ("language", "interpreter") and understood.intent in ("cant", "late"):
            language.need(turn)
        elif intent not in wishes.PRIVATE or not pin.is_needed(turn, intent):
            wishes.grant(turn, intent, None)


def _was_asked(turn: PersonTurn, question: Question | None) -> bool:
    """Whether "aye" can mean "I'm coming": the next session was put to them, in its present version."""
    if question is not None:
        return question.kind == "coming"  # the latest prompt wins
    if turn.person.mode == "call_first":
        return False  # they were only asked to call
    one = turn.near.to_answer
    if one is None or one.answer in REPORTED:
        return False  # "ok" to what we said of their report is thanks
    about = {"id": one.booking_id, "version": one.booking_version, "session_version": one.session_version}
    return _PUT_TO_THEM.first(turn.connection, about) is not None
