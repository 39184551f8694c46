"""What a broadcast says: the few facts that each kind needs, and what free words must not hold."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from db import found, own_text
from db.change import ChangeError
from locales import sms

LONGEST = 280  # characters of free words: with the council's label, two parts


def require(connection: Connection, kind: str, what: Mapping[str, Any]) -> None:
    """Raises ChangeError where something is missing, or is nothing that it can be."""
    CHECKS[kind](connection, what)


def _nothing_more(_: Connection, __: Mapping[str, Any]) -> None:
    return


def _moved(_: Connection, what: Mapping[str, Any]) -> None:
    if "later" in what:
        if not isinstance(what["later"], int) or what["later"] == 0 or abs(what["later"]) > 24 * 60:
            raise ChangeError("say by how many minutes it starts later, like 90; a minus means earlier")
    elif not _is_moment(what.get("starts_at")):
        raise ChangeError("say when it starts instead, or by how many minutes it starts later")


def _place(connection: Connection, what: Mapping[str, Any]) -> None:
    if not what.get("placement"):
        raise ChangeError("say at which placement it is instead")
    found.place(connection, what["placement"])


def _late(_: Connection, what: Mapping[str, Any]) -> None:
    if not isinstance(what.get("minutes"), int) or not 5 <= what["minutes"] <= 180:
        raise ChangeError("say how many minutes late it starts, from 5 to 180")


def _weather(connection: Connection, what: Mapping[str, Any]) -> None:
    if not isinstance(what.get("off"), list):
        raise ChangeError("say which placements are off; the others are on")
    for ref in what["off"]:
        found.place(connection, ref)


def _suspension(_: Connection, what: Mapping[str, Any]) -> None:
    _need_day(what, "until", "say until which day everything is off")


def _lifted(_: Connection, what: Mapping[str, Any]) -> None:
    _need_day(what, "first_day", "say from which day sessions start again")


def _reduction(_: Connection, what: Mapping[str, Any]) -> None:
    if not isinstance(what.get("percent"), int) or not 1 <= what["percent"] <= 100:
        raise ChangeError("say by how much hours are cut, from 1 to 100 per cent")
    if what.get("of") not in ("left", "imposed"):
        raise ChangeError("say of which hours: of those left, or of those imposed")
    if not str(what.get("basis") or "").strip():
        raise ChangeError("a cut of hours needs its legal basis, like the regulations that grant it")


def _words(connection: Connection, what: Mapping[str, Any]) -> None:
    words = what.get("words")
    if not isinstance(words, Mapping) or not str(words.get("en_GB") or "").strip():
        raise ChangeError("say it in English first; other languages may stand beside it")
    names, hidden = own_text.names(connection), own_text.hidden(connection)
    for locale, text in words.items():
        if faults := faults_of(text, locale, names, hidden):
            raise ChangeError(faults[0])


def faults_of(text: str, locale: str, names: frozenset[str], hidden: frozenset[str]) -> list[str]:
    """Why these words may not go out, each a sentence. `names` of people, `hidden` what may never be named, case folded."""
    faults = []
    if len(text) > LONGEST:
        faults.append(f"the text has {len(text)} characters; shorten it to {LONGEST}")
    faults += own_text.banned(text, locale)
    if locale == "en_GB" and (odd := sms.not_gsm(text)):
        faults.append(f'the text has "{odd}", which makes it dearer; write it plainly')
    if own_text.named(text, names):
        faults.append("the text names a person; nobody may learn who else is here")
    faults += own_text.hidden_in(text, hidden)
    if own_text.NUMBER.search(text):
        faults.append("the text has a phone number; people ring the council's own, which stands in other messages")
    return faults


def _is_moment(text: Any) -> bool:
    try:
        return datetime.fromisoformat(str(text)).tzinfo is not None
    except ValueError:
        return False


def _need_day(what: Mapping[str, Any], name: str, sentence: str) -> None:
    try:
        date.fromisoformat(str(what.get(name)))
    except ValueError:
        raise ChangeError(f"{sentence}, like 2026-06-30") from None


CHECKS: Mapping[str, Callable[[Connection, Mapping[str, Any]], None]] = {
    "off": _nothing_more,
    "moved": _moved,
    "place": _place,
    "late": _late,
    "weather": _weather,
    "suspension": _suspension,
    "lifted": _lifted,
    "reduction": _reduction,
    "words": _words,
}
