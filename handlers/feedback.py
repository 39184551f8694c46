"""8 F, or the word: how is it going. Also the answers to what was asked after a session, and when the hours are done.

Nobody has to answer, and no answer changes anything. Who writes of danger is answered as ever: that is looked for before
anything comes here, and for a while after it nothing they write is taken for feedback.
"""

from db import feedback, finished, inbound, questions, sessions
from db.feedback import Round
from db.questionnaires import Asks
from db.questions import Question
from handlers import complaint, own_words, reading, understanding
from handlers.own_words import END, NO_MORE, SKIP
from handlers.turn import PersonTurn

KINDS = {"asked": "feedback", "session": "feedback", "exit": "exit"}
"""The kind of question that a round of each kind puts."""
WRITTEN_TO = ("standard", "discreet")
IN_WORDS = ("words", "person")  # what only the question just put makes an answer; a letter is one as long as it is open
HELP = "feedback_help"  # the kind of task of who wants help with the exit questions


def begin(turn: PersonTurn) -> None:
    """S26. Who has done all their hours, or is in the middle of the exit questions, gets those."""
    if turn.person.mode not in WRITTEN_TO:
        turn.say("feedback.ask")  # which they are shown as a wish for a call
        return
    for one in feedback.opened_by(turn.connection, turn.person.id, now=turn.now):
        if one.kind == "exit":
            feedback.resume(turn.connection, one, now=turn.now)
            _ask(turn, one)
            return
    order_id = _done_and_unasked(turn)
    kind = "asked" if order_id is None else "exit"
    opened = feedback.begin(turn.connection, turn.person.id, kind, actor=turn.person.ref, order_id=order_id, now=turn.now)
    _ask(turn, opened)


def _done_and_unasked(turn: PersonTurn) -> int | None:
    """The order whose hours they have done, where nobody asked them about it."""
    if turn.council.feedback_exit == "off":
        return None
    done = finished.lately(turn.connection, now=turn.now, person_ids=[turn.person.id]).get(turn.person.id)
    since = turn.now - feedback.LASTS["exit"]
    asked = done is not None and feedback.had_exit(turn.connection, turn.person.id, done, since=since)
    return None if asked else done


def _ask(turn: PersonTurn, one: Round) -> None:
    asks = one.asks
    question = turn.ask(
        KINDS[one.kind], then=asks.key, feedback_round_id=one.id, open_for=max(one.expires_at - turn.now, questions.OPEN_FOR)
    )
    turn.say(asks.string, question=question)


def take(turn: PersonTurn, question: Question) -> bool:
    """Whether a text answers that question, and was kept. Else it is to be taken as at any other time."""
    if question.then == complaint.WANTS_CALL:
        return _wants_call(turn, question, complaint.letter_in(turn))
    one = _round(turn, question)
    if one is None:
        return False
    ahead = sessions.next_to_report(turn.connection, turn.person.id, now=turn.now) is not None
    text = turn.message.text
    said = own_words.read(text, one.asks, letters=_letters(one), ahead=ahead, locale=turn.person.language)
    if said.kind in IN_WORDS and not feedback.is_latest_prompt(turn.connection, turn.person.id, question.id):
        return False
    match said.kind:
        case "letter":
            _letter(turn, question, one, said.letter)
        case "words":
            _answered(turn, question, one, words=text)
        case "person":
            turn.to_worker()
            turn.say("feedback.passed_on", {"when": turn.when})
        case _:
            return False
    return True


def press(turn: PersonTurn, question: Question, letter: str) -> bool:
    """Whether that button still stands for an answer."""
    if question.then == complaint.WANTS_CALL:
        return _wants_call(turn, question, letter)
    one = _round(turn, question)
    if one is None or letter not in tuple(_letters(one)):
        return False
    _letter(turn, question, one, letter)
    return True


def _round(turn: PersonTurn, question: Question) -> Round | None:
    """Its round, if that is still at this question. None after danger was heard: then they do not speak of how it went."""
    if question.feedback_round_id is None:
        return None
    for one in feedback.opened_by(turn.connection, turn.person.id, now=turn.now):
        if (one.id, one.next_question) == (question.feedback_round_id, question.then):
            return None if feedback.told_of_danger(turn.connection, turn.person.id, since=one.heard_at) else one
    return None


def _letters(one: Round) -> str:
    """What this question takes: who asked by themselves has nothing to skip, and only the unasked can want it to end."""
    return one.asks.letters + {"exit": SKIP, "session": NO_MORE + SKIP, "asked": SKIP}[one.kind]


def _letter(turn: PersonTurn, question: Question, one: Round, letter: str) -> None:
    if letter in one.asks.letters:
        _answered(turn, question, one, letter=letter)
    elif letter == END:
        _ends(turn, question, one)
    elif letter == NO_MORE:
        feedback.ask_no_more(turn.connection, turn.person.id)
        _ends(turn, question, one, "feedback.off")
    else:
        _go_on(turn, question, one, feedback.skip(turn.connection, one, now=turn.now))


def _answered(
    turn: PersonTurn, question: Question, one: Round, *, letter: str | None = None, words: str | None = None
) -> None:
    following = feedback.answer(turn.connection, one, letter=letter, words=words, now=turn.now)
    inbound.empty(turn.connection, turn.inbound_id, reading.emptied)
    if words and understanding.complains(words, locale=turn.person.language):
        complaint.ask(turn)
    else:
        _go_on(turn, question, one, following)


def _wants_call(turn: PersonTurn, question: Question, letter: str) -> bool:
    """Whether that answered it; what else there is to ask comes after it."""
    if letter not in (complaint.YES, complaint.NO):
        return False
    complaint.answer(turn, question, letter)
    for one in feedback.opened_by(turn.connection, turn.person.id, now=turn.now):
        _ask(turn, one)
    return True


def _go_on(turn: PersonTurn, question: Question, one: Round, following: Asks | None) -> None:
    if following is not None:
        (moved,) = feedback.opened_by(turn.connection, turn.person.id, now=turn.now)
        _ask(turn, moved)
    else:
        _ends(turn, question, one)


def _ends(turn: PersonTurn, question: Question, one: Round, string: str | None = None) -> None:
    answered = feedback.has_answered(turn.connection, one)
    feedback.end(turn.connection, one, now=turn.now)
    questions.close(turn.connection, question.id, now=turn.now)
    turn.say(string or ("feedback.thanks" if answered else "feedback.skipped"))


def ask_for_help(turn: PersonTurn) -> None:
    """7 in answer to an exit question: a call from somebody who did not run their sessions."""
    turn.task(
        HELP,
        key=f"p{turn.person.id}",
        klass="exit",
        person_id=turn.person.id,
        owner_id=feedback.helper_for(turn.connection, turn.person, turn.now),
        due_at=turn.council.due_in_working_days(turn.now, 1),
    )
    question = turn.ask("call_when", then=HELP)
    turn.say("talk.when", question=question)
