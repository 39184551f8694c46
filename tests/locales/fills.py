"""The longest that each field of a text may be, and how hard a text is to read."""

import re
from datetime import date, time
from functools import partial

from locales import dates, formats, sms
from locales.catalog import Catalogs

DAY = "Wednesday 30 September"
TIME = "12:30pm"

WHEN = ("by", "soon", "after", "at")
LONGEST = {
    "first": "Maximiliana7",
    "place": "Coatbridge base north",
    "org": "NL Council",
    "phone": "01698 403456",
    "duty": "01698 403456",
    "day": DAY,
    "day2": DAY,
    "time": TIME,
    "date": "30 September 2027",
    "date2": "30 September",
    "done": "299h 45m",
    "left": "299h 45m",
    "total": "300",
    "n": "1",
    "orders": "2",
    "tries": "2",
    "way": "Bus 44 to Burnside library, then 5 min walk by the canal to a gate.",
    "bring": "work boots, waterproofs and a packed lunch",
    "worker": "a worker",
    "late": "more than 30 min late",
    "when": f"after 10:30am, {DAY}",
    "alert": "999999",
    "initials": "SB",
    "owner": "SB",
    "asked": "SB, JK, FT",
    "turn": "second duty",
    "swap": "999999",
    "handed": " SB left a note: it is in the Sessions bot.",
    "gaps": "GAPS: 99.",
    "now": ", ".join([f"SB second duty until 12:30pm, {DAY}"] * 3),
    "next": f"SB second duty from 12:30pm, {DAY}",
    "state": "No one has it yet.",
    "part": "Telegram",
    "kind": "needs food, power or a place to stay",
    "broadcast": "999999",
    "pick_up": "Coatbridge library gate 8:30am",
    "what": "Another place",
    "messages": "9999",
    "gone": "9999",
    "spared": "9999",
    "parts": "9999",
    "pounds": "240.00",
    "cost": ", parts of texts: 9999, about £240.00",
    "warnings": "",
    "samples": "",
    "second": "",
    "alone": " On your own: GLASS 999999.",
    "stage": "going out",
    "answers": "nobody",
    "reasons": "9999 no free words on their phone",
    "reason": "no free words on their phone",
    "channel": "Telegram",
    "line": "The van is full. The van is full. The va",
    "minutes": "5",
    "team": "north",
    "word": "coming",
    "who": "a case manager of that team, a coordinator or a manager",
    "words": "The van is full. " * 16,
    "message": "Cannae make it",
    "lines": ", ".join(f"{n} SB can't" for n in range(1, 15)),  # the largest squad
    "marks": "in 1-4, 7; late 5; left early 8; out 6",
    "number": "14",
    "numbers": "1-4, 7, 9",
    "people": "14",
    "until": TIME,
    "opens": TIME,
    "choices": "A Coatbridge base nort 9:30am, B Bike workshop 9:30am",
    "need": "34h 30m",
    "week": "34h 30m",
    "unpaid": "299h 45m",
    "other": "29h 45m",
    "most": "30",
    "sessions": "Wednesday 30 September, 12:30pm; Thursday 1 October, 12:30pm; Wednesday 7 October, 12:30pm",
    "agenda": "Monday 2 May, 9am, the base",
    "detail": "At this pace you finish around 30 September 2027. Your date is 30 September 2026. Hours a week to make it: "
    "about 34h 30m. Reply 7 to talk about it.",
    "pace": "Your date is 30 June.",
    "split": "All your hours so far are work: 22.",
    "offers": ", ".join(f"{letter} Pressed flower cards" for letter in "ABC") + ", D more",
    "pack": "Pressed flower cards",
    "hours": "weekdays, 8:30am to 4:30pm",
    "days": "Monday to Wednesday",
    "added": "299h 45m",
    "worth": "299h 45m",
    "letter": "A",
    "note": "Six boxes to a pack. Glue and gloves are in the bag.",
    "task": "99999",
    "codes": "T99999, T99998, T99997, T99996, T99995, T99994 +99",
    "proof": "letter from work",
    "came": "99",
    "sent_home": "9",
    "accepted": "9",
    "not_accepted": "9",
    "open": "9",
    "extras": "Pick-up: Coatbridge Cross 8:40 1-4; Main Street 8:50 5, 7. Kit: 2 boots 9; 4 boots 11; 6 large vest. " * 2,
    "meant": "absent",
    "cover": "KM, JL, AR, FT, MP, AD",
    "session": "99999",
    "why_off": "supervisor ill",
    "ring": "If someone else answers, say nothing of sessions.",
}
LONGEST["place"] = LONGEST["place"][:20]
LONGEST["language"] = "English"
LONGEST["languages"] = "EN English GD Gaidhlig PL Polski AR Arabi"
# Their own {when} is shorter.
CALL = {"call.noted": {"when": "in the afternoon"}}


# What is usually there, for how hard a text is to read: a reader does not spell out a date or a number.
USUAL = {**LONGEST, "first": "Sam", "place": "the base", "org": "NL", "day": "Monday 2 May", "day2": "Friday 6 May",
         "date": "2 May", "date2": "2 May", "when": "by 5pm, Monday 2 May", "bring": "boots and lunch",
         "sessions": "Monday 2 May, 9am"}  # fmt: skip


def fill(key: str, text: str) -> str:
    return text.format_map({**LONGEST, **CALL.get(key, {})})


def longest(locale: str) -> dict[str, str]:
    """The longest fills of a text in that language."""
    days = [date(2027, month, 20 + day) for month in range(1, 13) for day in range(7)]
    day = max((dates.day(each, locale) for each in days), key=len)
    when = max((dates.time(time(hour, 30), locale) for hour in (10, 22)), key=len)
    number = sms.whole(LONGEST["phone"], locale)
    said = partial(Catalogs.load().text, locale=locale, channel="sms", mode="standard")
    return {
        **LONGEST, "day": day, "day2": day, "time": when, "phone": number, "duty": number,
        "date": max((dates.date_(each, days[0].replace(year=2026), locale) for each in days), key=len),
        "date2": max((dates.date_(each, days[0], locale) for each in days), key=len),
        "done": dates.hours(299 * 60 + 45, locale), "left": dates.hours(299 * 60 + 45, locale),
        "worker": said("worker.any"), "language": formats.of(locale).name,
        "late": max((said(f"late.band.{band}") for band in "abc"), key=len),
        "when": max((said(f"when.{kind}", fields={"day": day, "time": when}) for kind in WHEN), key=len),
    }  # fmt: skip


def texts(context: str, locale: str = "en_GB") -> dict[str, str]:
    """Every string of a context, by key, at its longest."""
    entries = Catalogs.load().entries[locale][context]
    return {key: fill(key, entry.text) for key, entry in entries.items()}


def grade(text: str) -> float:
    """The Flesch-Kincaid grade. A number or a name counts as one easy word: nobody reads it by its syllables."""
    plain = re.sub(r"<[^>]+>", "", text)
    sentences = [each for each in re.split(r"[.!?\n]+(?:\s|$)", plain) if re.search(r"\w", each)]
    words = [word for each in sentences for word in re.findall(r"[\w'-]+", each)]
    if not words:
        return 0.0
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    word = re.sub(r"[^a-z]", "", word.lower())
    silent = re.sub(r"(?<=[a-z]{2})(?:es|ed|e)$", lambda end: "" if end[0] != "ed" else "d", word)
    groups = len(re.findall(r"[aeiouy]+", silent))
    return max(1, groups)
