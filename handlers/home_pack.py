"""6: a home pack, or a place in a group or course. They choose by letter; a worker decides; they say when it is done."""

from functools import partial
from typing import Any

from sqlalchemy import select

from db import pack_notices, pack_photos, packs, questions, showing
from db.change import Change
from db.council import LONDON
from db.packs import Offer, Request
from db.permissions import Actor
from db.questions import Question
from db.schema import notices
from handlers import fallback, pin, talk, understanding
from handlers.turn import PersonTurn
from notifications import buttons
from notifications.rendering import mode_of

A_PAGE = "ABC"  # the letters of the choices in one message
MORE = "D"
NOT_ASKED = ("call_first", "no_contact")  # the modes in which no list of choices is sent


def begin(turn: PersonTurn, question: Question | None = None) -> None:
    about = understanding.about_pack(turn.message.text, locale=turn.person.language)
    request = packs.open_of(turn.connection, turn.person.id)
    if request is not None and "finished" in about and request.status in packs.FINISHABLE:
        _finished(turn, request)
    elif request is not None:
        _how_it_stands(turn, request)
    elif "finished" in about or turn.person.mode in NOT_ASKED:
        _leave_to_staff(turn)
    elif named := _named(turn, question):
        _ask_for(turn, named)
    else:
        _offer(turn, 0, places_only="place" in about)


def _leave_to_staff(turn: PersonTurn) -> None:
    """Nobody is refused: what cannot be settled here is looked at by a worker."""
    talk.queue(turn, talk.KINDS["pack"], turn.message.text)
    turn.say("pack.none")


def _offer(turn: PersonTurn, start: int, *, places_only: bool) -> None:
    """Three choices at a time. Where no name may be said a pack goes by its hours, and a place is for staff to offer."""
    plain = mode_of(turn.person, turn.message.channel) == "standard"
    choices = packs.offered(turn.connection, turn.person, places_only=places_only)
    choices = [one for one in choices if plain or one.kind == "pack"]
    page = choices[start : start + len(A_PAGE)]
    if not page or packs.order_for(turn.connection, turn.person, page[0]) is None:
        _leave_to_staff(turn)
        return
    if plain and turn.message.channel == "telegram":
        _show(turn, page)
    kind, string = ("which_place", "pack.which_place") if places_only else ("which_pack", "pack.which")
    question = turn.ask(kind, then=str(start))
    more = MORE if len(choices) > start + len(A_PAGE) else ""
    offers = [_as_fields(letter, one) for letter, one in zip(A_PAGE, page, strict=False)]
    turn.say(string, {"offers": offers, "more": more}, question=question)


def _as_fields(letter: str, one: Offer) -> dict[str, Any]:
    about = {"letter": letter, "kind": one.kind, "id": one.id, "name": one.name}
    return {**about, "minutes": one.minutes, "days": one.days, "note": one.note}


def _show(turn: PersonTurn, page: list[Offer]) -> None:
    """A picture of each pack that has one."""
    for one in page:
        if one.kind == "pack" and turn.council.picture_of(one.ref):
            turn.say_anew("pack.picture", {"ref": one.ref, "pack": one.name, "worth": one.minutes})


def chosen(turn: PersonTurn, question: Question, letter: str) -> None:
    shown = _shown(turn, question)
    start, places_only = int(question.then or 0), question.kind == "which_place"
    picked = next((one for one in shown.get("offers", []) if one["letter"] == letter), None)
    if picked is not None:
        _ask_for(turn, picked)
    elif letter == shown.get("more"):
        _offer(turn, start + len(A_PAGE), places_only=places_only)
    else:
        _offer(turn, start, places_only=places_only)


def _shown(turn: PersonTurn, question: Question) -> dict[str, Any]:
    """What stood beside the letters: the catalogue may have changed since."""
    found = turn.connection.execute(select(notices.c.fields).where(notices.c.question_id == question.id)).scalar()
    return dict(found or {})


def _named(turn: PersonTurn, question: Question | None) -> dict[str, Any] | None:
    """The one of the choices whose name they wrote."""
    if question is None or question.kind not in ("which_pack", "which_place"):
        return None
    said = understanding.normalise(turn.message.text)
    offers = _shown(turn, question).get("offers", [])
    named = [one for one in offers if understanding.normalise(one["name"]) in said]
    return named[0] if len(named) == 1 else None


def _ask_for(turn: PersonTurn, picked: dict[str, Any]) -> None:
    if request := packs.open_of(turn.connection, turn.person.id):
        _how_it_stands(turn, request)
        return
    offer = _still_offered(turn, picked)
    order_id = packs.order_for(turn.connection, turn.person, offer) if offer else None
    if offer is None or order_id is None:
        _leave_to_staff(turn)
        return
    questions.close_all(turn.connection, turn.person.id, now=turn.now)
    request = packs.ask(_change(turn), turn.person, offer, order_id, channel=turn.message.channel)
    if request.status == "waiting":
        turn.say("pack.waiting", _fields(turn, request))
    else:
        turn.say("group.asked" if request.is_place else "pack.asked", _fields(turn, request))


def _still_offered(turn: PersonTurn, picked: dict[str, Any]) -> Offer | None:
    everything = packs.offered(turn.connection, turn.person)
    return next((one for one in everything if (one.kind, one.id) == (picked["kind"], picked["id"])), None)


def _how_it_stands(turn: PersonTurn, request: Request) -> None:
    fields = _fields(turn, request)
    match request.status:
        case "waiting":
            turn.say("pack.waiting_status", fields, question=_ask_about(turn, "pack_asked", request))
        case "asked" | "approved":
            turn.say("pack.asked_status", fields, question=_ask_about(turn, "pack_asked", request))
        case "ready":
            turn.say("pack.ready", fields)
        case "out":
            turn.say(
                "pack.out_late" if _is_late(turn, request) else "pack.out",
                fields,
                question=_ask_about(turn, "pack_done", request),
            )
        case _:
            _say_finished(turn, request)


def _ask_about(turn: PersonTurn, kind: str, request: Request) -> int | None:
    """No question where they are only asked to call: no letter of theirs would answer it."""
    return None if turn.person.mode in NOT_ASKED else turn.ask(kind, pack_request_id=request.id)


def unwanted(turn: PersonTurn, question: Question) -> None:
    request = packs.open_of(turn.connection, turn.person.id)
    questions.close(turn.connection, question.id, now=turn.now)
    if request is None or request.id != question.pack_request_id or request.status not in packs.WITHDRAWABLE:
        begin(turn)
        return
    packs.withdraw(_change(turn), request)
    turn.say("pack.withdrawn")


def how_far(turn: PersonTurn, question: Question, letter: str) -> None:
    request = packs.open_of(turn.connection, turn.person.id)
    questions.close(turn.connection, question.id, now=turn.now)
    if letter == "B":
        talk.begin(turn)
    elif request is not None and request.id == question.pack_request_id and request.status in packs.FINISHABLE:
        _finished(turn, request)
    else:
        begin(turn)


def takes(turn: PersonTurn, question: Question | None) -> bool:
    """Whether words that say nothing else name one of the choices just sent, or say that a pack is done; it is seen to."""
    if pin.is_needed(turn):
        return False
    if named := _named(turn, question):
        _ask_for(turn, named)
        return True
    if not understanding.says_only_done(turn.message.text, locale=turn.person.language):
        return False
    request = packs.open_of(turn.connection, turn.person.id)
    if request is None or request.status not in packs.FINISHABLE:
        return False
    _finished(turn, request)
    return True


def photo(turn: PersonTurn) -> bool:
    """A photo on Telegram from who has a pack is of the finished work; whether it was. It is fetched afterwards."""
    request = packs.open_of(turn.connection, turn.person.id) if turn.message.photo else None
    if request is None or request.status not in packs.FINISHABLE:
        return False
    pack_photos.want(turn.connection, request.id, turn.message.photo, now=turn.now)
    finished = packs.finish(_change(turn), request, turn.message.text)
    _show_officer(turn, finished)
    if request.status != "finished":
        _say_finished(turn, finished)
    elif not fallback.answered_lately(turn, "pack.photo"):
        turn.say("pack.photo")
    return True


def _show_officer(turn: PersonTurn, request: Request) -> None:
    """The photo beside the task to check the work, with what an officer may make of it."""
    press = partial(buttons.about_pack, request.id, request.version)
    offered = [
        [("pack.check_credit", {"worth": request.minutes}, press("credit"))],
        [("pack.check_ask", {}, press("ask"))],
    ]
    showing.to_officer(
        turn.connection, turn.council, turn.person, "pack.check_photo", ("photo", turn.message.photo),
        key=f"i{turn.inbound_id}", now=turn.now, pack=request.name, buttons=offered,
    )  # fmt: skip


def _finished(turn: PersonTurn, request: Request) -> None:
    _say_finished(turn, packs.finish(_change(turn), request, turn.message.text if turn.message.kind != "press" else ""))


def _say_finished(turn: PersonTurn, request: Request) -> None:
    turn.say("pack.finished_late" if _is_late(turn, request) else "pack.finished", _fields(turn, request))


def _is_late(turn: PersonTurn, request: Request) -> bool:
    """Whether there is no day any more by which to bring it back."""
    return request.return_by is None or request.return_by < turn.now.astimezone(LONDON).date()


def _fields(turn: PersonTurn, request: Request) -> dict[str, Any]:
    return pack_notices.said_of(turn.connection, request)


def _change(turn: PersonTurn) -> Change:
    return Change(turn.connection, turn.council, turn.now, Actor(turn.person.ref))
