"""`turnup broadcast`: say once what happened; see what it does; confirm, approve, stop; see how it went."""

import json
from argparse import ArgumentParser, Namespace
from datetime import date, datetime
from typing import Any

from bot.changes import desk
from bot.settings import Settings
from db import announcing, broadcast_report, broadcasts
from db.audiences import Audience
from db.broadcast_report import Report
from db.broadcasts import Broadcast
from db.change import Change
from db.importing import cells
from locales.catalog import DEFAULT, Catalogs
from notifications import broadcast_words, previews
from notifications.previews import Preview
from notifications.rendering import Renderer


def add_to(add: desk.AddParser) -> None:
    act = add(
        "broadcast", help="tell everyone affected of a change: off, moved, late, weather, words, a stop of the service"
    )
    doing = act.add_subparsers(dest="act", required=True, metavar="what").add_parser
    for kind, help_ in KINDS.items():
        new = doing(kind, help=help_)
        _audience(new)
        _facts(new, kind)
        new.add_argument("--confirm", action="store_true", help="hold it at once, without another look")
        new.add_argument("--break-glass", action="store_true", help="a same-day off without a colleague; reviewed next day")
        new.add_argument("--json", action="store_true")
        new.set_defaults(kind=kind)
        desk.options(new, make)
    for name, (run, help_) in ON_ONE.items():
        one = doing(name, help=help_)
        one.add_argument("id", type=int, metavar="ID")
        one.add_argument("--json", action="store_true")
        if name == "confirm":
            one.add_argument("--break-glass", action="store_true")
        desk.options(one, run)
    list_ = doing("list", help="the latest, and where each stands")
    list_.add_argument("--json", action="store_true")
    desk.options(list_, show_list)


KINDS = {
    "off": "sessions are off",
    "moved": "sessions start at another time",
    "place": "sessions are somewhere else",
    "late": "sessions start late today",
    "weather": "some placements are off, the others on",
    "words": "in your own words",
    "suspension": "the whole service stops until a day",
    "lifted": "it starts again",
    "reduction": "hours are cut by law, once",
}


def _audience(new: ArgumentParser) -> None:
    new.add_argument("--session", action="append", default=[], metavar="REF", help="a session; may be repeated")
    new.add_argument("--placement", metavar="REF", help="all sessions there")
    new.add_argument("--team", metavar="TEAM")
    new.add_argument("--area", metavar="ML4", help="the first part of a postcode")
    new.add_argument("--everybody", action="store_true")
    new.add_argument("--day", metavar="DATE", help="sessions on that day")
    new.add_argument("--to-day", metavar="DATE", help="and up to that day")
    new.add_argument("--language", metavar="LOCALE", help="only those who read that language")
    new.add_argument("--without", action="append", default=[], metavar="REF", help="not this person; may be repeated")


def _facts(new: ArgumentParser, kind: str) -> None:
    if kind == "moved":
        new.add_argument("--starts", metavar="ISO", help="when one session starts instead")
        new.add_argument("--later", type=int, metavar="MINUTES", help="how much later they start; earlier with a minus")
    if kind == "place":
        new.add_argument("--to", required=True, metavar="PLACEMENT")
    if kind == "late":
        new.add_argument("--minutes", type=int, required=True, metavar="N")
    if kind == "weather":
        new.add_argument("--off", action="append", default=[], metavar="PLACEMENT", help="off; the others are on")
    if kind == "words":
        new.add_argument("--text", action="append", required=True, metavar="[LOCALE=]TEXT", help="English first")
    if kind == "suspension":
        new.add_argument("--until", required=True, metavar="DATE")
    if kind == "lifted":
        new.add_argument("--from-day", required=True, metavar="DATE")
    if kind == "reduction":
        new.add_argument("--percent", type=int, required=True, metavar="N")
        new.add_argument("--of", choices=("left", "imposed"), required=True)
        new.add_argument("--legal-basis", required=True, metavar="TEXT")
    if kind in ("off", "weather", "suspension"):
        new.add_argument("--again-until", metavar="DATE", help="said again each morning of the closure, until that day")


def make(change: Change, asked: Namespace, _: Settings) -> list[str]:
    audience = Audience(
        sessions=tuple(asked.session), placement=asked.placement, team=asked.team, area=asked.area,
        first_day=_day("--day", asked.day), last_day=_day("--to-day", asked.to_day), language=asked.language,
        everybody=asked.everybody, left_out=tuple(asked.without),
    )  # fmt: skip
    made = broadcasts.draft(
        change, asked.kind, _what(asked), audience, again_until=_day("--again-until", getattr(asked, "again_until", None))
    )
    seen = _check(change, broadcasts.by_id(change.connection, made))
    if seen.weighed.blockers or not (asked.confirm or asked.break_glass):
        return _shown(change, made, seen, asked)
    done = announcing.confirm(change, made, break_glass=asked.break_glass)
    return [*_shown(change, made, seen, asked), *([] if asked.json else _stands(done))]


def _why(why: str) -> str:
    """Why somebody is left out, in the words that staff read on their phones."""

    def label(key: str) -> str:
        return Catalogs.load().text(key, locale=DEFAULT, channel="telegram", mode="standard", audience="staff")

    return broadcast_words.reason(why, label)


def _what(asked: Namespace) -> dict[str, Any]:
    match asked.kind:
        case "moved" if asked.starts:
            starts_at: datetime = desk.read("--starts", desk.moment, asked.starts)
            return {"starts_at": starts_at.isoformat()}
        case "moved":
            return {"later": asked.later}
        case "place":
            return {"placement": asked.to}
        case "late":
            return {"minutes": asked.minutes}
        case "weather":
            return {"off": asked.off}
        case "words":
            return {"words": dict(_words(text) for text in asked.text)}
        case "suspension":
            return {"until": asked.until}
        case "lifted":
            return {"first_day": asked.from_day}
        case "reduction":
            return {"percent": asked.percent, "of": asked.of, "basis": asked.legal_basis}
    return {}


def _words(text: str) -> tuple[str, str]:
    locale, equals, words = text.partition("=")
    return (locale, words) if equals and locale in Catalogs.load().languages else ("en_GB", text)


def _day(option: str, text: str | None) -> date | None:
    found: date | None = desk.read(option, cells.day, text)
    return found


def _check(change: Change, one: Broadcast) -> Preview:
    """Looks at what it would do; from then on it may be confirmed."""
    seen = previews.preview(change, one, Renderer(change.council, Catalogs.load()))
    if not seen.weighed.blockers:
        announcing.checked(change, one.id, seen.weighed)
    return seen


def check(change: Change, asked: Namespace, _: Settings) -> list[str]:
    one = broadcasts.by_id(change.connection, asked.id, hold=True)
    return _shown(change, one.id, _check(announcing.as_maker(change, one), one), asked)


def _shown(change: Change, broadcast_id: int, seen: Preview, asked: Namespace) -> list[str]:
    if asked.json:
        return [json.dumps(_as_json(change, broadcast_id, seen))]
    lines = [f"broadcast {broadcast_id}, {broadcasts.by_id(change.connection, broadcast_id).kind}"]
    lines += [f"cannot go: {text}" for text in seen.weighed.blockers]
    if seen.weighed.blockers:
        return lines
    lines += [f"note: {text}" for text in seen.weighed.warnings]
    lines.append(f"{seen.messages} messages to {seen.people} people{_cost(change, seen)}")
    for sample in seen.samples:
        shown = f"{desk.CHANNELS[sample.channel]}, {sample.mode.replace('_', '-')}, {sample.language}"
        lines += [f"{sample.people} by {shown}: {sample.words}", f"    on a lock screen: {sample.on_lock_screen}"]
    for why, refs in sorted(seen.left_out.items()):
        lines.append(f"left out, {_why(why)}: {', '.join(refs)}")
    if seen.held_back:
        lines.append(f"{seen.held_back} wait for hours in which they may go")
    if seen.out_by:
        lines.append(f"the last goes by {desk.shown(seen.out_by)}")
    return [*lines, *_next(broadcast_id, seen)]


def _cost(change: Change, seen: Preview) -> str:
    pence = seen.parts * change.council.pence_a_part
    return f", {seen.parts} parts of texts" + (f", about £{pence / 100:.2f}" if pence else "")


def _next(broadcast_id: int, seen: Preview) -> list[str]:
    if seen.weighed.second is None:
        return [f"`turnup broadcast confirm {broadcast_id}` holds it"]
    glass = "; --break-glass sends it without" if seen.weighed.may_break_glass else ""
    return [f"a colleague has to approve it ({seen.weighed.second}); `turnup broadcast confirm {broadcast_id}` asks{glass}"]


def _as_json(change: Change, broadcast_id: int, seen: Preview) -> dict[str, Any]:
    return {
        "id": broadcast_id,
        "blockers": list(seen.weighed.blockers),
        "warnings": list(seen.weighed.warnings),
        "second": seen.weighed.second,
        "break_glass": seen.weighed.may_break_glass,
        "people": seen.people,
        "messages": seen.messages,
        "parts": seen.parts,
        "pence": round(seen.parts * change.council.pence_a_part, 1),
        "samples": [
            {
                "channel": one.channel, "mode": one.mode, "language": one.language, "people": one.people, "body": one.body,
                "parts": one.parts, "lock_screen": one.on_lock_screen,
            }
            for one in seen.samples
        ],
        "left_out": seen.left_out,
        "held_back": seen.held_back,
        "out_by": seen.out_by.isoformat() if seen.out_by else None,
    }  # fmt: skip


def confirm(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return _stands(announcing.confirm(change, asked.id, break_glass=asked.break_glass))


def approve(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return _stands(announcing.approve(change, asked.id))


def _stands(one: Broadcast) -> list[str]:
    if one.status == "held" and one.hold_until:
        return [
            f"broadcast {one.id} is on hold until {desk.shown(one.hold_until)}; `turnup broadcast stop {one.id}` stops it"
        ]
    return [f"broadcast {one.id} waits for a colleague; `turnup broadcast approve {one.id} --as REF` lets it go"]


def stop(change: Change, asked: Namespace, _: Settings) -> list[str]:
    one, told, spared = announcing.stop(change, asked.id)
    if told:
        fix = f"`turnup broadcast correct {one.id}` tells them otherwise"
        return [f"broadcast {one.id} is stopped: {told} were told, {spared} were not; {fix}"]
    return [f"broadcast {one.id} is stopped; nobody was told"]


def correct(change: Change, asked: Namespace, _: Settings) -> list[str]:
    told = announcing.correct(change, asked.id)
    return [f"broadcast {asked.id} is taken back: {told} people who were told of it hear that it is on again"]


def review(change: Change, asked: Namespace, _: Settings) -> list[str]:
    return [f"broadcast {announcing.reviewed(change, asked.id).id} is reviewed"]


def report(change: Change, asked: Namespace, _: Settings) -> list[str]:
    found = broadcast_report.report(change, broadcasts.by_id(change.connection, asked.id))
    return [json.dumps(_report_json(found))] if asked.json else _report_lines(found)


def _report_json(found: Report) -> dict[str, Any]:
    return {
        "id": found.broadcast.id, "kind": found.broadcast.kind, "status": found.broadcast.status, "people": found.people,
        "states": {state: found.states[state] for state in broadcast_report.STATES}, "answers": dict(found.answers),
        "silent": found.silent, "calls": found.calls,
    }  # fmt: skip


def _report_lines(found: Report) -> list[str]:
    one = found.broadcast
    states = ", ".join(f"{found.states[state]} {state}" for state in broadcast_report.STATES if found.states[state])
    lines = [f"broadcast {one.id}, {one.kind}, is {one.status}", f"{found.people} people: {states or 'nobody told yet'}"]
    if found.answers or found.silent:
        answers = ", ".join(f"{number} {answer}" for answer, number in sorted(found.answers.items()))
        lines.append(f"answered: {answers or 'nobody'}; {found.silent} silent")
    if found.calls:
        lines.append(f"{found.calls} to ring; `turnup broadcast calls {one.id}` lists them")
    return lines


def calls(change: Change, asked: Namespace, _: Settings) -> list[str]:
    found = broadcast_report.calls(change, broadcasts.by_id(change.connection, asked.id))
    rows = [
        {
            "person": call.ref, "initials": call.initials, "phone": call.phone, "mode": call.mode, "why": call.why,
            "starts_at": call.starts_at.isoformat() if call.starts_at else None,
        }
        for call in found
    ]  # fmt: skip
    if asked.json:
        return [json.dumps(rows)]
    return [f"{call.ref}  {call.initials}  {call.phone or 'do not ring'}  {_why(call.why)}" for call in found] or [
        "nobody has to be rung"
    ]


def show_list(change: Change, asked: Namespace, _: Settings) -> list[str]:
    change.require("broadcast.make", None)
    rows = broadcast_report.listing(change.connection)
    if asked.json:
        return [json.dumps(rows, default=datetime.isoformat)]
    lines = [f"{r['id']}  {r['kind']}  {r['status']}  by {r['made_by']}  {desk.shown(r['made_at'])}" for r in rows]
    return lines or ["no broadcast yet"]


ON_ONE = {
    "check": (check, "look again at what it does"),
    "confirm": (confirm, "hold it, or ask a colleague where one has to look"),
    "approve": (approve, "agree to a colleague's; its hold begins"),
    "stop": (stop, "stop it on hold or while it is sent"),
    "correct": (correct, "tell those who heard of it that it is on again"),
    "review": (review, "say that you looked at what went alone"),
    "report": (report, "who was told, who answered, whom to ring"),
    "calls": (calls, "whom nobody has told"),
}
