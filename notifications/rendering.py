"""A notice as its reader gets it: in the mode, language and channel of the moment it is sent."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from db.council import Council
from db.people import Person, Staff
from locales import dates, formats, sms
from locales.catalog import DEFAULT, Catalogs
from notifications import broadcast_words, buttons, captions, desk_words, pack_words, roster_words, thread_words
from notifications.attachments import Attached, Source
from notifications.channel import Button

MAP_PIN = "session.map"  # not a string of the catalogs: a bare location
FIRST_NAME = 12  # characters; the longest fills that keep a text in one part
PLACE = 20
PLAIN_WITHOUT_CONTENT = frozenset({"safety", "link"})  # not hidden by call-first or content-free


@dataclass(frozen=True, slots=True)
class Rendered:
    body: str
    locale: str
    parts: int
    buttons: tuple[tuple[Button, ...], ...] = ()
    keyboard: tuple[tuple[str, ...], ...] = ()
    location: tuple[float, float] | None = None
    attached: Attached | None = None
    sent: tuple[str, str] | None = None
    protect: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class _Inner:
    """A string with its fields that is said within another."""

    fields: dict[str, Any]


Channel = Literal["sms", "telegram"]
Filler = Callable[[Any, str, datetime], str]


def _day(value: str, locale: str, _: datetime) -> str:
    return dates.day(dates.local(datetime.fromisoformat(value)).date(), locale)


def _time(value: str, locale: str, _: datetime) -> str:
    return dates.time(dates.local(datetime.fromisoformat(value)).time(), locale)


def _date(value: str, locale: str, now: datetime) -> str:
    return dates.date_(date.fromisoformat(value), dates.local(now).date(), locale)


def _hours(value: int, locale: str, _: datetime) -> str:
    return dates.hours(value, locale)


FILLERS: dict[str, Filler] = {
    "day": _day, "day2": _day, "time": _time, "until": _time, "opens": _time, "date": _date, "date2": _date, "done": _hours,
    "total": _hours, "left": _hours, "need": _hours, "week": _hours, "unpaid": _hours, "other": _hours, "most": _hours,
    "added": _hours, "worth": _hours,
}  # fmt: skip
WITHIN = frozenset({"detail", "pace", "split", "gaps", "state", "handed"})
"""Fields that are strings themselves: a key and its fields."""
JOINED = {"now": ", ", "next": ", ", "lines": "\n"}  # fields that are several such strings, and what stands between them
WORDS = {
    "kind": "alert.kind.",
    "ring": "ring.",
    "why_off": "off.reason.",
    "turn": "rota.duty.",
}  # of a few, by what begins the key
LISTS = {"sessions": ("; ", 104), "agenda": ("\n", 4000)}  # what stands between sessions, and most characters of all


class Renderer:
    def __init__(self, council: Council, catalogs: Catalogs) -> None:
        self._council = council
        self._catalogs = catalogs

    def for_person(self, notice: Any, person: Person, channel: Literal["sms", "telegram"], now: datetime) -> Rendered:
        mode = mode_of(person, channel)
        locale = person.language
        key = self._key(notice, person, channel)
        label = self._label(locale, channel, mode)
        spoken = self._catalogs.locale_said(key, locale=locale, channel=channel, mode=mode)
        if key == MAP_PIN:
            latitude, longitude = notice.fields["pin"]
            return Rendered("", locale, 1, location=(latitude, longitude), protect=True)
        extra = {"first": person.first_name[:FIRST_NAME]} if "first" in self._catalogs.fields(key) else {}
        in_words = label if spoken == locale else self._label(spoken, channel, mode)
        extra |= pack_words.fields(notice.fields, self._council, in_words, channel, spoken)
        fields = self._fields(key, notice, spoken, now, in_words, extra)
        text = self._catalogs.text(key, locale=locale, channel=channel, mode=mode, fields=fields)
        if channel == "sms":
            return _as_sms(text, locale)
        inline = pack_words.buttons(notice, label, locale) or buttons.under(notice, label, without=_pointless(notice, mode))
        whole = key == notice.string
        return Rendered(
            text,
            locale,
            1,
            buttons=inline if whole else (),
            keyboard=buttons.keyboard(label) if whole and not inline and notice.edits is None else (),
            protect=mode == "discreet",
            attached=self._attached(key, notice, person, channel, now),
            silent=notice.lane > 3,
        )

    def _attached(self, key: str, notice: Any, person: Person, channel: Any, now: datetime) -> Attached | None:
        attachment, mode = captions.BY_STRING.get(key), mode_of(person, channel)
        if attachment is None or not attachment.goes(channel, mode) or attachment.needs not in ("", *notice.fields):
            return None

        # Words in a file are no HTML, so they are those of a text.
        def label(key: str, locale: str = person.language, **fields: str) -> str:
            return self._catalogs.text(key, locale=locale, channel="sms", mode=mode, fields=fields)

        return Attached(attachment, Source(notice.fields, self._council, person.language, mode, label, now))

    def _key(self, notice: Any, person: Person, channel: str) -> str:
        if notice.purpose in PLAIN_WITHOUT_CONTENT:
            return str(notice.string)
        if person.mode == "call_first":
            return "call_first"
        if channel == "telegram" and self._council.telegram_people == "content_free":
            return "content_free"
        if _cannot_go(notice.string, channel, mode_of(person, channel)):
            return "call_first"  # asked for on Telegram in a mode that has changed since
        return str(notice.string)

    def for_staff(self, notice: Any, member: Staff, channel: Literal["sms", "telegram"], now: datetime) -> Rendered:
        label = self._label(member.language, channel, "standard", "staff")
        spoken = self._catalogs.locale_said(
            notice.string, locale=member.language, channel=channel, mode="standard", audience="staff"
        )
        extra = _of_roster(notice.fields, label, channel, spoken, now)
        extra |= broadcast_words.made_of(notice.fields, label, channel)
        extra |= desk_words.made_of(notice.fields, self._saying(member, channel, now), channel)
        extra |= thread_words.made_of(
            notice.fields, label, lambda moment: (_day(moment, spoken, now), _time(moment, spoken, now))
        )
        fields = self._fields(notice.string, notice, spoken, now, label, extra, "staff")
        text = self._catalogs.text(
            notice.string, locale=member.language, channel=channel, mode="standard", audience="staff", fields=fields
        )
        text = text[:1].upper() + text[1:]
        if channel == "sms":
            return _as_sms(text, member.language)
        inline: tuple[tuple[Button, ...], ...] = ()
        if notice.alert_id is not None:
            inline = buttons.under_alert(str(notice.alert_id), label, is_test=notice.string == "alert.test")
        elif notice.string in buttons.OUTCOMES:
            inline = buttons.outcomes(notice.fields["alert"], label, buttons.OUTCOMES[notice.string])
        elif notice.fields.get("rows"):
            inline = roster_words.buttons(notice.fields, label)
        elif notice.fields.get("buttons"):
            inline = buttons.offered(notice.fields["buttons"], self._saying(member, channel, now))
        kind, file_id = notice.fields.get("sent") or ("", "")
        return Rendered(text, member.language, 1, buttons=inline, protect=True, sent=(kind, file_id) if kind else None)

    def _saying(self, member: Staff, channel: Channel, now: datetime) -> Callable[[str, dict[str, Any]], str]:
        """Lines and labels of what a notice to staff holds or offers; days, times and hours as in any sentence, and what is
        `{"say": key}` as that string. Not escaped: the whole is."""

        def label(key: str, fields: dict[str, Any]) -> str:
            said = {name: filled(name, value) for name, value in fields.items()}
            text = self._catalogs.text(
                key, locale=member.language, channel=channel, mode="standard", audience="staff", fields=said
            )
            return html.unescape(text) if channel == "telegram" else text

        def filled(name: str, value: Any) -> str:
            if isinstance(value, dict):
                return label(value["say"], {})
            return FILLERS[name](value, member.language, now) if name in FILLERS else str(value)

        return label

    def for_stranger(self, notice: Any, channel: Literal["sms", "telegram"], now: datetime) -> Rendered:
        label = self._label(DEFAULT, channel, "discreet")
        fields = self._fields(notice.string, notice, DEFAULT, now, label, {})
        text = self._catalogs.text(notice.string, locale=DEFAULT, channel=channel, mode="discreet", fields=fields)
        return _as_sms(text, DEFAULT) if channel == "sms" else Rendered(text, DEFAULT, 1)

    def _label(
        self,
        locale: str,
        channel: Literal["sms", "telegram"],
        mode: Literal["standard", "discreet"],
        audience: Any = "person",
    ) -> Callable[..., str]:
        def label(key: str, **fields: str) -> str:
            return self._catalogs.text(key, locale=locale, channel=channel, mode=mode, audience=audience, fields=fields)

        return label

    def _fields(
        self, key: str, notice: Any, locale: str, now: datetime, label: Callable[..., str], extra: dict[str, str],
        audience: Literal["person", "staff"] = "person",
    ) -> dict[str, str]:  # fmt: skip
        phone = sms.whole(self._council.phone, locale)
        known = {"org": self._council.label, "phone": phone, "duty": phone}
        filled = {}
        for name in self._catalogs.fields(key, audience):
            value = notice.fields.get(name)
            if name in extra:
                filled[name] = extra[name]
            elif name in ("place", "pack"):
                filled[name] = value[:PLACE] if value else self._said("place.usual", locale)
            elif name == "words" and isinstance(value, dict):  # by language
                filled[name] = value.get(locale) or value[DEFAULT]
            elif name == "when":
                filled[name] = _when(value, locale, label, now)
            elif name == "late":
                filled[name] = self._said(f"late.band.{value}", locale)
            elif name == "bring":
                filled[name] = value[:1].lower() + value[1:] if value[1:2].islower() else value
            elif name in WORDS:
                filled[name] = label(f"{WORDS[name]}{value}")
            elif name in WITHIN and not isinstance(value, str):
                filled[name] = self._within(value, locale, now, label, extra, audience)
            elif name in JOINED and isinstance(value, list):
                said = (self._within(one, locale, now, label, extra, audience) for one in value)
                filled[name] = JOINED[name].join(said)
            elif name in LISTS:
                filled[name] = self._sessions(notice.fields["sessions"], LISTS[name], locale, label, now)
            elif name == "worker":
                filled[name] = label("worker.any")
            elif name == "language":
                filled[name] = formats.of(locale).name
            elif name == "languages":
                filled[name] = self._languages()
            elif name in FILLERS and value is not None:
                filled[name] = FILLERS[name](value, locale, now)
            else:
                filled[name] = str(known[name] if value is None else value)
        return filled

    def _within(
        self, value: tuple[str, dict[str, Any]], locale: str, now: datetime, label: Callable[..., str],
        extra: dict[str, str], audience: Literal["person", "staff"] = "person",
    ) -> str:  # fmt: skip
        if not value:
            return ""
        key, inner = value
        text = label(key, **self._fields(key, _Inner(inner), locale, now, label, extra, audience))
        return html.unescape(text)  # it is escaped as a part of the whole

    def _sessions(
        self, value: list[list[str]], form: tuple[str, int], locale: str, label: Callable[..., str], now: datetime
    ) -> str:
        """As many as there is room for, the soonest first."""
        between, most = form
        usual = self._said("place.usual", locale)
        whole = ""
        for at, place in value:
            about = {"day": _day(at, locale, now), "time": _time(at, locale, now), "place": place[:PLACE] or usual}
            longer = between.join(filter(None, [whole, html.unescape(label("sessions.one", **about))]))
            if whole and len(longer) > most:
                break
            whole = longer
        return whole

    def _languages(self) -> str:
        """`EN English GD Gaidhlig`: what may be answered, in letters of the cheap alphabet."""
        listed = (formats.of(locale) for locale in formats.in_order(self._catalogs.languages))
        return " ".join(f"{each.code} {each.latin}" for each in listed)

    def _said(self, key: str, locale: str) -> str:
        return self._catalogs.text(key, locale=locale, channel="sms", mode="standard")


def _pointless(notice: Any, mode: str) -> frozenset[str]:
    """Buttons that would show nothing here: no place, no sessions after the next, no file that may be seen."""
    full = mode == "standard"
    shown = {
        "map": full and notice.fields.get("pin"), "sessions": notice.fields.get("more"), "picture": full, "statement": full,
    }  # fmt: skip
    return frozenset(word for word, there in shown.items() if not there)


def _cannot_go(string: str, channel: str, mode: str) -> bool:
    """Whether it is more than words, and this channel or mode takes words only."""
    if string == MAP_PIN:
        return channel == "sms" or mode == "discreet"
    attachment = captions.BY_STRING.get(string)
    return attachment is not None and not attachment.or_words and not attachment.goes(channel, mode)


def _of_roster(
    fields: dict[str, Any], label: Callable[..., str], channel: str, locale: str, now: datetime
) -> dict[str, str]:
    """What of a roster's message is put together from several strings."""
    made = {}
    if "rows" in fields:
        made["lines"] = roster_words.lines(fields["rows"], label, channel, lambda moment: _time(moment, locale, now))
    if "stops" in fields:
        made["extras"] = roster_words.extras(fields, label)
    if "marks" in fields:
        made["marks"] = roster_words.marks(fields["marks"], label)
    if "numbers" in fields:
        made["numbers"] = roster_words.numbers(fields["numbers"])
    if "choices" in fields:
        times = [(letter, place, _time(start, locale, now)) for letter, place, start in fields["choices"]]
        made["choices"] = ", ".join(" ".join(filter(None, choice)) for choice in times)
    return made


def mode_of(person: Person, channel: str) -> Literal["standard", "discreet"]:
    """How much a message may hold. A number that is not surely theirs alone never gets a place or a name."""
    if person.mode != "standard" or (channel == "sms" and person.others_may_read):
        return "discreet"
    return "standard"


def _when(value: Any, locale: str, label: Callable[..., str], now: datetime) -> str:
    """`["by", moment]`, `["after", moment]`, `["at", moment]`, `["soon", now]`, or `["call", letter]` for a time of day."""
    kind, what = value
    if kind == "call":
        return label(f"call.when.{what}")
    return label(f"when.{kind}", day=_day(what, locale, now), time=_time(what, locale, now))


def _as_sms(text: str, locale: str) -> Rendered:
    body = sms.for_locale(text, locale)
    return Rendered(body, locale, sms.parts(body).parts)
