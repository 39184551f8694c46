"""The way of every message: who is this, is anyone in danger, what do they want, one flow."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from db import contact, crypto, deliveries, endings, links, people, questions, sessions, suppressions
from db.council import Council
from db.people import Person, Sender
from db.prepared import Prepared
from db.questions import Question
from db.schema import notices
from handlers import (
    cant_come,
    coming,
    crisis,
    data,
    details,
    fallback,
    feedback,
    home_pack,
    hours_left,
    language,
    late,
    more,
    next_session,
    no_credit,
    pause,
    pin,
    plainer,
    sessions_ahead,
    staff,
    statement,
    stopping,
    strangers,
    talk,
    understanding,
    window,
    wrong_person,
)
from handlers.reading import Message
from handlers.turn import PersonTurn, StaffTurn, Turn
from handlers.understanding import Understood
from locales.catalog import Catalogs
from notifications import buttons

LETTERS = {
    "reason": "ABCDEF", "how_late": "ABC", "call_when": "ABCD", "abuse_ok": "AB", "which_pack": "ABCD",
    "which_place": "ABCD", "pack_asked": "A", "pack_done": "AB", "more": "LPSMWDF", "pause": "ABC", "window": "ABCD",
}  # fmt: skip
REPORTED = ("cant", "late")
PRIVATE = frozenset({"hours", "next", "pack", "pace", "split", "statement", "sessions", "way"})  # not shown without a PIN
ASKING = (
    "reminder.first", "reminder.day_before", "session.moved", "session.on_again", "session.is_on", "ask.coming",
    "session.next", "session.next_no_bring", "group.booked",
)  # fmt: skip

_PUT_TO_THEM = Prepared(
    select(notices.c.id)
    .where(
        notices.c.booking_id == bindparam("id"),
        notices.c.booking_version == bindparam("version"),
        notices.c.session_version == bindparam("session_version"),
        notices.c.string.in_(ASKING),
        notices.c.status.in_(("open", "told")),
    )
    .limit(1)
)


def handle(connection: Connection, council: Council, inbound_id: int, message: Message, *, now: datetime) -> Turn:
    """One message, whole: every change it makes and every notice it causes, within the caller's transaction."""
    about: tuple[Any, ...] = (connection, council, inbound_id, message, now)
    turn = Turn(*about)
    if message.kind in ("ignored", "group"):
        return turn
    if message.kind == "blocked":
        links.block(connection, crypto.keys().hash(message.address), now=now)
        return turn
    sender = _sender(connection, message)
    if message.kind == "unblocked":
        return turn
    danger = understanding.crisis(message.text) if message.text else None
    if sender.person is not None and not sender.shared and not (danger and _is_lost(sender.person, message)):
        turn = PersonTurn(*about, person=sender.person)
        _person(turn, danger)
    elif danger is not None:
        crisis.from_stranger(turn, danger)
    elif sender.staff is not None:
        turn = StaffTurn(*about, member=sender.staff)
        _staff(turn)
    else:
        strangers.handle(turn, sender)
    return turn


def _sender(connection: Connection, message: Message) -> Sender:
    if message.channel == "sms":
        return people.by_phone(connection, message.address)
    sender = people.by_chat(connection, message.address)
    owner = sender.person or sender.staff
    if owner is None or owner.sealed_chat is not None:
        return sender
    links.unblock(connection, message.address)  # who writes to us does not block us any more
    return people.by_chat(connection, message.address)


def _is_lost(person: Person, message: Message) -> bool:
    """Whoever has this number now said that it is not this person's."""
    return person.number_suspended and message.channel == "sms"


def _staff(turn: StaffTurn) -> None:
    code = strangers.code_in(turn.message.text) if turn.message.channel == "telegram" else None
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
    elif endings.is_out_of_reach(turn.connection, turn.person.id):
        turn.to_staff("message", turn.message.shown)
    elif turn.message.kind == "press":
        _pressed(turn)
    elif turn.message.kind == "media" and home_pack.photo(turn):
        return
    elif turn.message.kind == "media":
        fallback.to_human(turn, string="media")
    elif turn.message.kind == "forwarded":
        fallback.to_human(turn)  # somebody else's words, or words that were meant for somebody else
    else:
        _text(turn)


def _text(turn: PersonTurn) -> None:
    text = turn.message.text
    if turn.message.channel == "telegram":
        code = strangers.code_in(text)
        if code and strangers.redeem(turn, code):
            return
        if strangers.START.fullmatch(text.strip()):
            turn.say("menu")
            return
    question = questions.latest(turn.connection, turn.person.id, now=turn.now)
    if question is not None and feedback.take(turn, question):
        return
    kind: Any = question.kind if question and question.kind in (*LETTERS, "pin", "language") else None
    understood = understanding.understand(
        text,
        asked=not text.strip().isdigit() and _was_asked(turn, question),  # a number means the same, whatever was asked
        letters=LETTERS.get(kind, ""),
        question=kind,
        locale=turn.person.language,
    )
    if understood.intent != "unknown" and understanding.idiom(text):
        turn.to_staff("message", text)
    if understood.intent == "letter" and question is not None:
        _letter(turn, question, understood.letter or "")
    elif understood.language is not None:
        language.choose(turn, understood.language, question)
    elif understood.intent == "pin" and question is not None:
        if pin.check(turn, question, understood.pin or ""):
            _intent(turn, question.then or "menu", question)
    else:
        doubted = understood.intent == "coming" and _undoes_a_report(turn, question)
        _intent(turn, "ask" if doubted else understood.intent, question)
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
        elif intent not in PRIVATE or not pin.is_needed(turn, intent):
            _intent(turn, intent, None)


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


def _intent(turn: PersonTurn, intent: str, question: Question | None) -> None:
    match intent:
        case "coming":
            coming.begin(turn)
        case "cant":
            cant_come.begin(turn)
        case "late":
            late.begin(turn)
        case _ if intent in PRIVATE and pin.is_needed(turn, intent):
            pin.ask(turn, intent)
        case "hours":
            hours_left.say(turn)
        case "pace":
            hours_left.say_pace(turn)
        case "split":
            hours_left.say_split(turn)
        case "statement":
            statement.say(turn)
        case "next":
            next_session.say(turn)
        case "sessions":
            sessions_ahead.say(turn)
        case "way":
            sessions_ahead.way(turn)
        case "number":
            turn.say("phone.who")
        case "no_credit":
            no_credit.say(turn)
        case "pack":
            home_pack.begin(turn, question)
        case "feedback":
            feedback.begin(turn)
        case "language":
            language.begin(turn)
        case "interpreter":
            language.interpreter(turn)
        case "talk" if question is not None and question.kind == "language":
            language.interpreter(turn)
        case "talk" if question is not None and question.kind == "exit":
            feedback.ask_for_help(turn)
        case "talk":
            talk.begin(turn, talk.KINDS[intent])
        case "more":
            more.begin(turn)
        case "pause":
            pause.begin(turn)
        case "plainer":
            plainer.asked_in_words(turn)
        case "fuller":
            talk.begin(turn, "mode")
        case "window":
            window.begin(turn)
        case "data":
            data.ask(turn)
        case "erase" | "rectify":
            data.ask(turn, intent)
        case "details":
            details.begin(turn)
        case "new_number":
            details.new_number(turn)
        case "menu":
            turn.say("menu")
        case "stop" | "stop_all":
            stopping.stop(turn, everything=intent == "stop_all")
        case "start":
            stopping.start(turn)
        case "cancel":
            turn.say("cancel.ask")
        case "wrong_person":
            wrong_person.ask(turn)
        case "wrong_confirmed":
            wrong_person.confirmed(turn)
        case "thanks":
            turn.thanked = turn.person.mode != "no_contact" and turn.council.telegram_people != "off"
        case "ask":
            _ask_once(turn, question)
        case "unknown" if home_pack.takes(turn, question):
            return
        case _:
            fallback.to_human(turn)


def _ask_once(turn: PersonTurn, question: Question | None) -> None:
    """On doubt ask once; a second doubt goes to a human."""
    if (question is not None and question.kind == "coming") or not coming.ask(turn):
        fallback.to_human(turn)


def _letter(turn: PersonTurn, question: Question, letter: str) -> None:
    match question.kind:
        case "reason":
            cant_come.reason(turn, question, letter)
        case "how_late":
            late.band(turn, question, letter)
        case "call_when":
            talk.when(turn, question, letter)
        case "which_pack" | "which_place":
            home_pack.chosen(turn, question, letter)
        case "pack_asked":
            home_pack.unwanted(turn, question)
        case "pack_done":
            home_pack.how_far(turn, question, letter)
        case "more":
            more.chosen(turn, question, letter)
        case "pause":
            pause.chosen(turn, question, letter)
        case "window":
            window.chosen(turn, question, letter)
        case "abuse_ok":
            crisis.safe_to_text(turn, question, letter)
        case _:
            fallback.to_human(turn)


def _pressed(turn: PersonTurn) -> None:
    press = buttons.read(turn.message.data)
    if press is not None and press.kind == "question":
        question = questions.by_id(turn.connection, press.subject, turn.person.id, now=turn.now)
        if question is not None and question.open and feedback.press(turn, question, press.word):
            return
        if question is not None and question.open and question.kind == "language":
            language.pressed(turn, question, press.word)
            return
        if question is not None and question.open and press.word in tuple(LETTERS.get(question.kind, "")):
            _letter(turn, question, press.word)
            return
    elif press is not None and press.kind == "booking" and _about_session(turn, press):
        return
    elif press is not None and press.kind == "order" and press.word in ("picture", "statement"):
        (hours_left.picture if press.word == "picture" else statement.say)(turn, press.subject)
        return
    turn.toast = "stale"
    turn.say_anew("stale")


def _is_offered(turn: PersonTurn, press: buttons.Press) -> bool:
    """Whether the message still has that button: an answer that took the message's place took its buttons too."""
    chat_hash = crypto.keys().hash(turn.message.address)
    string = deliveries.stands_in(turn.connection, chat_hash, turn.message.pressed or 0)
    return any(press.word in row for row in buttons.ABOUT_SESSION.get(string or "", ()))


def _about_session(turn: PersonTurn, press: buttons.Press) -> bool:
    """A button under a session's message; False when the session has changed, started or gone since."""
    if not _is_offered(turn, press):
        return False
    if press.word in ("talk", "sessions"):
        (talk.begin if press.word == "talk" else sessions_ahead.say)(turn)
        return True
    one = sessions.booked(turn.connection, press.subject)
    if one is None or one.person_id != turn.person.id or press.version != f"{one.booking_version}.{one.session_version}":
        return False
    started = one.starts_at <= turn.now
    if press.word in ("cant", "late") and turn.now < min(one.ends_at, one.starts_at + sessions.REPORTABLE_FOR):
        (cant_come.report if press.word == "cant" else late.report)(turn, one)
    elif press.word == "coming" and not started:
        coming.confirm(turn, one)
    elif press.word == "change" and not started:
        coming.ask(turn, again=one)
    elif press.word == "map" and not started:
        next_session.pin(turn, one)
    elif press.word == "calendar" and not started:
        sessions_ahead.calendar(turn, one)
    else:
        return False
    return True
