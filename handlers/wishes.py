"""What each wish leads to, and each letter that answers a question: where a conversation goes on, flow by flow."""

from collections.abc import Callable, Mapping

from db.questions import Question
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
    statement,
    stopping,
    talk,
    window,
    wrong_person,
)
from handlers.turn import PersonTurn

Flow = Callable[[PersonTurn], None]
Answer = Callable[[PersonTurn, Question, str], None]

PRIVATE = frozenset({"hours", "next", "pack", "pace", "split", "statement", "sessions", "way"})  # not shown without a PIN


def _thanked(turn: PersonTurn) -> None:
    turn.thanked = turn.person.mode != "no_contact" and turn.council.telegram_people != "off"


WISHES: Mapping[str, Flow] = {
    "menu": lambda turn: turn.say("menu"),
    "coming": coming.begin,
    "cant": cant_come.begin,
    "late": late.begin,
    "hours": hours_left.say,
    "pace": hours_left.say_pace,
    "split": hours_left.say_split,
    "statement": statement.say,
    "no_credit": no_credit.say,
    "next": next_session.say,
    "sessions": sessions_ahead.say,
    "way": sessions_ahead.way,
    "talk": talk.begin,
    "number": lambda turn: turn.say("phone.who"),
    "interpreter": language.interpreter,
    "more": more.begin,
    "language": language.begin,
    "pause": pause.begin,
    "plainer": plainer.asked_in_words,
    "fuller": lambda turn: talk.begin(turn, "mode"),
    "window": window.begin,
    "feedback": feedback.begin,
    "data": data.ask,
    "erase": lambda turn: data.ask(turn, "erase"),
    "rectify": lambda turn: data.ask(turn, "rectify"),
    "details": details.begin,
    "new_number": details.new_number,
    "stop": lambda turn: stopping.stop(turn, everything=False),
    "stop_all": lambda turn: stopping.stop(turn, everything=True),
    "start": stopping.start,
    "cancel": lambda turn: turn.say("cancel.ask"),
    "wrong_person": wrong_person.ask,
    "wrong_confirmed": wrong_person.confirmed,
    "thanks": _thanked,
}

ANSWERS: Mapping[str, tuple[str, Answer]] = {
    "reason": ("ABCDEF", cant_come.reason),
    "how_late": ("ABC", late.band),
    "call_when": ("ABCD", talk.when),
    "which_pack": ("ABCD", home_pack.chosen),
    "which_place": ("ABCD", home_pack.chosen),
    "pack_asked": ("A", lambda turn, question, _: home_pack.unwanted(turn, question)),
    "pack_done": ("AB", home_pack.how_far),
    "more": ("LPSMWDF", more.chosen),
    "pause": ("ABC", pause.chosen),
    "window": ("ABCD", window.chosen),
    "abuse_ok": ("AB", crisis.safe_to_text),
}
"""By the question that is open: the letters it takes, and who takes them."""


def grant(turn: PersonTurn, wish: str, question: Question | None) -> None:
    """`wish` is an intent; `question` was asked last, and may give it another sense. What nobody knows goes to a human."""
    asked = question.kind if question is not None else None
    if wish in PRIVATE and pin.is_needed(turn, wish):
        pin.ask(turn, wish)
    elif wish == "pack":
        home_pack.begin(turn, question)
    elif wish == "talk" and asked == "language":
        language.interpreter(turn)
    elif wish == "talk" and asked == "exit":
        feedback.ask_for_help(turn)
    elif wish == "ask":
        _ask_once(turn, asked)
    elif wish != "unknown" or not home_pack.takes(turn, question):
        WISHES.get(wish, fallback.to_human)(turn)


def _ask_once(turn: PersonTurn, asked: str | None) -> None:
    """On doubt ask once; a second doubt goes to a human."""
    if asked == "coming" or not coming.ask(turn):
        fallback.to_human(turn)


def letters(kind: str) -> str:
    """Those that a question takes; none of one that is answered in words."""
    return ANSWERS[kind][0] if kind in ANSWERS else ""


def answer(turn: PersonTurn, question: Question, letter: str) -> None:
    ANSWERS[question.kind][1](turn, question, letter)
