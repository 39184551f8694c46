"""`turnup rota`: who is on duty, where nobody is, swaps, leave, and the note for whoever comes next."""

import json
from argparse import Namespace
from datetime import datetime, timedelta
from typing import Any

from bot.changes import desk
from bot.commands import CommandError
from bot.settings import Settings
from db import leave, rota, rota_changes
from db import people as who
from db.change import Change
from db.council import LONDON
from db.importing import cells
from db.leave import Away
from db.rota import OnDuty, Stretch, Turn
from db.schema import DUTIES

DAYS = 14
NOBODY = "nobody is on duty now; alerts go to whom [crisis] on_call names, else by role; `turnup rota add` names somebody"


def add_to(add: desk.AddParser) -> None:
    command = add("rota", help="who is on duty, where nobody is, swaps, leave and notes")
    doing = command.add_subparsers(dest="act", required=True, metavar="what").add_parser
    show_ = doing("show", help="who is on now, the turns to come, and gaps")
    show_.add_argument("--days", type=int, default=DAYS, metavar="N")
    show_.add_argument("--json", action="store_true")
    desk.options(show_, show)
    gaps_ = doing("gaps", help="when nobody is first on duty although somebody must be")
    gaps_.add_argument("--days", type=int, default=DAYS, metavar="N")
    gaps_.add_argument("--json", action="store_true")
    desk.options(gaps_, gaps)
    new = doing("add", help="give somebody a turn")
    new.add_argument("duty", choices=DUTIES)
    new.add_argument("ref", metavar="REF")
    new.add_argument("--from", dest="starts", required=True, metavar="ISO")
    new.add_argument("--until", required=True, metavar="ISO")
    new.add_argument("--times", type=int, default=1, metavar="N", help="the same turn so many times")
    new.add_argument("--every", type=int, default=7, metavar="DAYS", help="so many days apart; 7 where left out")
    desk.options(new, add_turn)
    over = doing("end", help="take somebody off duty, now or at a time")
    over.add_argument("turn", type=int, metavar="TURN")
    over.add_argument("--at", metavar="ISO")
    desk.options(over, end)
    swap_ = doing("swap", help="ask a colleague to take a turn, or answer for them")
    swap_.add_argument("turn", type=int, metavar="TURN", help="with --yes or --no: the number of the swap")
    swap_.add_argument("--to", metavar="REF", help="who is asked")
    swap_.add_argument("--yes", action="store_true", help="they agree")
    swap_.add_argument("--no", action="store_true", help="they don't")
    desk.options(swap_, swap, tells=True)
    away = doing("leave", help="enter that somebody is away, or take it back")
    away.add_argument("ref", metavar="REF")
    away.add_argument("--from", dest="first", metavar="DATE")
    away.add_argument("--to", dest="last", metavar="DATE", help="the last day, included")
    away.add_argument("--deputy", metavar="REF", help="who does their work meanwhile; else the co-ordinator")
    away.add_argument("--back", type=int, metavar="ID", help="they are here after all")
    desk.options(away, enter_leave)
    note_ = doing("note", help="what the next on that duty is to know")
    note_.add_argument("turn", type=int, metavar="TURN")
    note_.add_argument("text", metavar="TEXT")
    desk.options(note_, note)


def show(change: Change, asked: Namespace, _: Settings) -> list[str]:
    change.require("rota.read", None)
    until = _until(change, asked)
    on = rota.on_duty(change.connection, change.now)
    ahead = rota.turns(change.connection, change.now, until)
    missing = rota.gaps(change.connection, change.council, change.now, until)
    days = change.now.astimezone(LONDON).date(), until.astimezone(LONDON).date()
    away = leave.between(change.connection, *days)
    if asked.json:
        turns = [_turn_json(change, one) for one in ahead]
        gone = [_away_json(change, one) for one in away]
        return [json.dumps({"now": _now_json(on), "turns": turns, "gaps": _gaps_json(missing), "leave": gone})]
    lines = _now(on)
    lines += [_turn(change, one) for one in ahead] or ["no turn to come"]
    lines += [_gap(gap) for gap in missing]
    return lines + [_away(change, one) for one in away]


def _until(change: Change, asked: Namespace) -> datetime:
    if asked.days < 1:
        raise CommandError("--days must be 1 or more")
    return change.now + timedelta(days=asked.days)


def _now(on: OnDuty) -> list[str]:
    if not on.everyone:
        back = f"; the next is on from {desk.shown(on.next_at)}" if on.next_at else ""
        return [f"GAP  {NOBODY}{back}"]
    named = [f"{duty} {member.ref}" for duty in DUTIES if (member := getattr(on, duty))]
    return [f"on duty now: {', '.join(named)}"]


def _now_json(on: OnDuty) -> dict[str, Any]:
    refs = {duty: member.ref if (member := getattr(on, duty)) else None for duty in DUTIES}
    return {**refs, "kept": on.kept, "until": desk.local(on.until), "next_at": desk.local(on.next_at)}


def _turn(change: Change, one: Turn) -> str:
    ref = who.member(change.connection, one.staff_id).ref
    return f"{one.id}  {desk.shown(one.starts_at)}  to {desk.shown(one.until)}  {one.duty}  {ref}"


def _turn_json(change: Change, one: Turn) -> dict[str, Any]:
    ref = who.member(change.connection, one.staff_id).ref
    return {
        "id": one.id,
        "duty": one.duty,
        "staff": ref,
        "starts_at": desk.local(one.starts_at),
        "ends_at": desk.local(one.until),
    }


def _gap(gap: Stretch) -> str:
    return f"GAP  {desk.shown(gap[0])}  to {desk.shown(gap[1])}  first  nobody"


def _gaps_json(found: list[Stretch]) -> list[dict[str, str | None]]:
    return [{"starts_at": desk.local(start), "ends_at": desk.local(until)} for start, until in found]


def _away(change: Change, one: Away) -> str:
    deputy = who.member(change.connection, one.deputy_id).ref if one.deputy_id else "the co-ordinator"
    ref = who.member(change.connection, one.staff_id).ref
    return f"away {one.id}  {one.first_day} to {one.last_day}  {ref}  {deputy} stands in"


def _away_json(change: Change, one: Away) -> dict[str, Any]:
    deputy = who.member(change.connection, one.deputy_id).ref if one.deputy_id else None
    days = {"first_day": one.first_day.isoformat(), "last_day": one.last_day.isoformat()}
    return {"id": one.id, "staff": who.member(change.connection, one.staff_id).ref, "deputy": deputy, **days}


def gaps(change: Change, asked: Namespace, _: Settings) -> list[str]:
    change.require("rota.read", None)
    found = rota.gaps(change.connection, change.council, change.now, _until(change, asked))
    if asked.json:
        return [json.dumps(_gaps_json(found))]
    return [_gap(gap) for gap in found] or ["no gaps"]


def add_turn(change: Change, asked: Namespace, _: Settings) -> list[str]:
    if asked.times < 1 or asked.every < 1:
        raise CommandError("--times and --every must be 1 or more")
    starts_at, ends_at = desk.read("--from", desk.moment, asked.starts), desk.read("--until", desk.moment, asked.until)
    made = rota_changes.add(change, asked.duty, asked.ref, starts_at, ends_at, times=asked.times, every_days=asked.every)
    return [_turn(change, rota_changes.standing(change.connection, turn_id, change.now)) for turn_id in made]


def end(change: Change, asked: Namespace, _: Settings) -> list[str]:
    at = desk.read("--at", desk.moment, asked.at)
    one = rota_changes.end(change, asked.turn, at)
    lines = [f"turn {one.id} ends {desk.shown(at or change.now)}"]
    left = rota.gaps(change.connection, change.council, change.now, one.until)
    return lines + [_gap(gap) for gap in left]


def swap(change: Change, asked: Namespace, _: Settings) -> list[str]:
    if asked.yes or asked.no:
        one = rota_changes.answer_swap(change, asked.turn, agrees=asked.yes)
        return ["the turn has changed hands" if asked.yes else f"turn {one.id} stays as it is"]
    if asked.to is None:
        raise CommandError("say who is asked with --to, or answer a swap with --yes or --no")
    made = rota_changes.ask_swap(change, asked.turn, asked.to)
    return [f"swap {made}: {asked.to} is asked; `turnup rota swap {made} --yes --as {asked.to}` agrees for them"]


def enter_leave(change: Change, asked: Namespace, _: Settings) -> list[str]:
    if asked.back is not None:
        leave.take_back(change, asked.back)
        return [f"{asked.ref} is here after all"]
    if asked.first is None or asked.last is None:
        raise CommandError("give the first and the last day with --from and --to, or take leave back with --back")
    first, last = desk.read("--from", cells.day, asked.first), desk.read("--to", cells.day, asked.last)
    made = leave.add(change, asked.ref, first, last, asked.deputy)
    one = next(one for one in leave.between(change.connection, first, last) if one.id == made)
    theirs = rota_changes.next_of(change.connection, one.staff_id, change.now)
    within = [turn for turn in theirs if one.touches(turn.starts_at, turn.until)]
    return [_away(change, one), *(f"still on the rota: {_turn(change, turn)}" for turn in within)]


def note(change: Change, asked: Namespace, _: Settings) -> list[str]:
    one = rota_changes.leave_note(change, asked.turn, asked.text)
    return [f"whoever has {one.duty} duty after turn {one.id} sees it"]
