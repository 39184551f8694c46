"""Home packs in words and buttons: what there is to choose from, and when it can be collected."""

from collections.abc import Callable
from datetime import time
from typing import Any

from db.council import Council
from locales import dates, formats
from notifications.buttons import about_question
from notifications.channel import Button

Label = Callable[..., str]
Offered = dict[str, Any]
NAME = 20  # characters; the longest name that keeps three of them in one text
MONDAY_TO_FRIDAY = [0, 1, 2, 3, 4]
CHOOSING = ("pack.which", "pack.which_place")


def fields(given: dict[str, Any], council: Council, label: Label, channel: str, locale: str) -> dict[str, str]:
    """What of a message about packs is put together from several strings, by the names of its fields."""
    made = {}
    if "offers" in given:
        made["offers"] = _offers(given, label, channel, locale)
    if given.get("pack"):
        made["pack"] = short(given["pack"])
    if "day" in given and "pack" in given:
        made["hours"] = opening(council, label, locale)
    return made


def short(name: str) -> str:
    """The name, cut between words where it is too long for a text."""
    return name if len(name) <= NAME else name[: NAME + 1].rpartition(" ")[0] or name[:NAME]


def _offers(given: dict[str, Any], label: Label, channel: str, locale: str) -> str:
    """By text one after the other, each with its letter; on Telegram a line each, with all there is to know of it."""
    keys = {"pack": "pack.offer", "place": "group.offer"}
    named = [label(keys[one["kind"]], **_told(one, channel, locale)).strip() for one in given["offers"]]
    if channel == "telegram":
        return "\n\n".join(named)
    return ", ".join(named + ([label("pack.more", letter=given["more"])] if given["more"] else []))


def _told(one: Offered, channel: str, locale: str) -> dict[str, str]:
    name = short(one["name"]) if channel == "sms" else one["name"]
    worth = dates.hours(one["minutes"], locale)
    return {"letter": one["letter"], "pack": name, "worth": worth, "days": str(one["days"]), "note": one["note"]}


def buttons(notice: Any, label: Label, locale: str) -> tuple[tuple[Button, ...], ...]:
    """One a row for each choice, and one for more."""
    if notice.string not in CHOOSING or notice.question_id is None:
        return ()
    rows = [(label("button.offer", **_told(one, "telegram", locale)), one["letter"]) for one in notice.fields["offers"]]
    if notice.fields["more"]:
        rows.append((label("button.offer_more"), notice.fields["more"]))
    return tuple((Button(name, about_question(notice.question_id, letter)),) for name, letter in rows)


def opening(council: Council, label: Label, locale: str) -> str:
    """`weekdays, 9am to 5pm`: when somebody is there."""
    start, until = (_clock(minute, locale) for minute in (council.staffed.start, council.staffed.until))
    weekdays, open_on = formats.of(locale).weekdays, sorted(council.staffed_days)
    if open_on == MONDAY_TO_FRIDAY:
        return label("open.weekdays", time=start, until=until)
    days = ", ".join(weekdays[day] for day in open_on)
    if len(open_on) > 2 and open_on[-1] - open_on[0] == len(open_on) - 1:
        days = label("open.days", day=weekdays[open_on[0]], day2=weekdays[open_on[-1]])
    return label("open.hours", days=days, time=start, until=until)


def _clock(minute: int, locale: str) -> str:
    return dates.time(time(minute // 60 % 24, minute % 60), locale)
