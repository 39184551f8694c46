"""Changes of the rota: who takes a turn, who gives it up, who takes it over, and what is left for the next."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import found, leave, notices, rota
from db import people as who
from db.change import Change, ChangeError
from db.council import LONDON
from db.notices import Notice
from db.people import Staff
from db.rota import Turn
from db.schema import rota as rows
from db.schema import rota_swaps

LONGEST = timedelta(days=31)
NOTE_LENGTH = 1000
ANSWER_WITHIN = timedelta(days=3)


def add(
    change: Change, duty: str, ref: str, starts_at: datetime, ends_at: datetime, *, times: int = 1, every_days: int = 7
) -> list[int]:
    """Gives somebody a duty, so many times, so many days apart by the wall clock. Raises ChangeError or Refused."""
    member = found.member(change.connection, ref)
    change.require("rota.change", member.team)
    if member.phone_hash is None and member.chat_hash is None:
        raise ChangeError(f'"{ref}" has no number and no chat to be told on; enter a number in staff.csv first')
    apart = [timedelta(days=every_days * n) for n in range(times)]
    return [_add(change, duty, member, _later(starts_at, by), _later(ends_at, by)) for by in apart]


def _later(moment: datetime, by: timedelta) -> datetime:
    return moment.astimezone(LONDON) + by


def _add(change: Change, duty: str, member: Staff, starts_at: datetime, ends_at: datetime) -> int:
    if ends_at <= starts_at:
        raise ChangeError("that turn ends before it begins; give --until after --from")
    if ends_at <= change.now:
        raise ChangeError("that turn is over already; give one that is still to come")
    if ends_at - starts_at > LONGEST:
        raise ChangeError("nobody is on duty for more than 31 days; split it into turns")
    for other in rota.turns(change.connection, starts_at, ends_at):
        if other.duty == duty:
            holder = who.member(change.connection, other.staff_id).ref
            raise ChangeError(
                f"{duty} duty is with {holder} from {at(other.starts_at)} until {at(other.until)};"
                f" end that turn first: `turnup rota end {other.id}`"
            )
        if other.staff_id == member.id:
            raise ChangeError(f"{member.ref} has {other.duty} duty at that time; nobody can be asked twice")
    _require_here(change, member, starts_at, ends_at)
    made = _write(change, duty, member.id, starts_at, ends_at)
    change.log("rota.added", f"{duty} {member.ref} {at(starts_at)} to {at(ends_at)}")
    return made


def _require_here(change: Change, member: Staff, starts_at: datetime, ends_at: datetime) -> None:
    first, last = starts_at.astimezone(LONDON).date(), (ends_at - timedelta(minutes=1)).astimezone(LONDON).date()
    for one in leave.between(change.connection, first, last):
        if one.staff_id == member.id:
            raise ChangeError(f"{member.ref} is away from {one.first_day} to {one.last_day}; name somebody else")


def _write(change: Change, duty: str, staff_id: int, starts_at: datetime, ends_at: datetime) -> int:
    row: dict[str, Any] = {"duty": duty, "staff_id": staff_id, "starts_at": starts_at, "ends_at": ends_at}
    row |= {"made_by": change.actor.name, "made_at": change.now}
    made: int = change.connection.execute(rows.insert().values(**row).returning(rows.c.id)).scalar_one()
    return made


def at(moment: datetime) -> str:
    """`Thu 11 Jun 09:00`, in London."""
    return f"{moment.astimezone(LONDON):%a %d %b %H:%M}"


def standing(connection: Connection, turn_id: int, now: datetime) -> Turn:
    """A turn that is not over. Raises ChangeError."""
    turn = rota.by_id(connection, turn_id)
    if turn is None or turn.until <= now:
        raise ChangeError(f"there is no turn {turn_id} to come; `turnup rota show` lists them")
    return turn


def end(change: Change, turn_id: int, when: datetime | None = None) -> Turn:
    """Takes somebody off duty, now or at that time. Raises ChangeError or Refused."""
    turn = standing(change.connection, turn_id, change.now)
    member = who.member(change.connection, turn.staff_id)
    change.require("rota.change", member.team)
    when = when or change.now
    if when < change.now or when >= turn.until:
        raise ChangeError(f"that turn goes on until {at(turn.until)}; give a time between now and then")
    _give_up(change, turn, when)
    change.log("rota.ended", f"{turn.duty} {member.ref} at {at(when)}")
    return turn


def _give_up(change: Change, turn: Turn, when: datetime) -> None:
    change.connection.execute(rows.update().where(rows.c.id == turn.id).values(ended_at=max(when, turn.starts_at)))


def leave_note(change: Change, turn_id: int, text: str) -> Turn:
    """What the next on that duty is to know. Raises ChangeError or Refused."""
    turn = rota.by_id(change.connection, turn_id)
    if turn is None:
        raise ChangeError(f"there is no turn {turn_id}; `turnup rota show` lists them")
    leave.require_own_or_lead(change, who.member(change.connection, turn.staff_id))
    if not text.strip():
        raise ChangeError("the note is empty; say what the next has to know")
    if len(text) > NOTE_LENGTH:
        raise ChangeError(f"the note has {len(text)} characters; shorten it to {NOTE_LENGTH}")
    change.connection.execute(rows.update().where(rows.c.id == turn.id).values(note=text.strip()))
    change.log("rota.note", f"{turn.duty} {turn.id}")
    return turn


def ask_swap(change: Change, turn_id: int, ref: str) -> int:
    """Asks a colleague to take a turn: nothing changes until they agree. Raises ChangeError or Refused."""
    turn = standing(change.connection, turn_id, change.now)
    holder, other = who.member(change.connection, turn.staff_id), found.member(change.connection, ref)
    leave.require_own_or_lead(change, holder)
    _may_take(change, turn, other)
    row = {"turn_id": turn.id, "staff_id": other.id, "asked_by": change.actor.name, "asked_at": change.now}
    made: int = change.connection.execute(rota_swaps.insert().values(**row).returning(rota_swaps.c.id)).scalar_one()
    change.log("rota.swap_asked", f"{turn.id} {other.ref}")
    _tell(change, other, f"swap:{made}", "rota.swap_asked", turn, {
        "swap": str(made), "owner": holder.initials,
        "buttons": [[("button.rota.yes", {}, f"x:{made}::yes"), ("button.rota.no", {}, f"x:{made}::no")]],
    })  # fmt: skip
    return made


def _may_take(change: Change, turn: Turn, other: Staff) -> None:
    if other.id == turn.staff_id:
        raise ChangeError(f"{other.ref} has that turn already; ask somebody else")
    if other.phone_hash is None and other.chat_hash is None:
        raise ChangeError(f'"{other.ref}" has no number and no chat to be told on; ask somebody else')
    _require_here(change, other, turn.starts_at, turn.until)
    for theirs in rota.turns(change.connection, max(turn.starts_at, change.now), turn.until):
        if theirs.staff_id == other.id:
            raise ChangeError(f"{other.ref} has {theirs.duty} duty at that time; ask somebody else")


def answer_swap(change: Change, swap_id: int, *, agrees: bool) -> Turn:
    """What the colleague says. With their yes the rest of the turn is theirs. Raises ChangeError or Refused."""
    swap = change.connection.execute(select(rota_swaps).where(rota_swaps.c.id == swap_id)).first()
    if swap is None:
        raise ChangeError(f"there is no swap {swap_id}; check the number")
    other = who.member(change.connection, swap.staff_id)
    leave.require_own_or_lead(change, other)
    if swap.answer is not None:
        raise ChangeError(f"swap {swap_id} was answered already; ask again if it should change")
    turn = standing(change.connection, swap.turn_id, change.now)
    holder = who.member(change.connection, turn.staff_id)
    if agrees:
        _may_take(change, turn, other)
        start = max(turn.starts_at, change.now)
        _give_up(change, turn, start)
        _write(change, turn.duty, other.id, start, turn.until)
    said = "yes" if agrees else "no"
    answered = rota_swaps.update().where(rota_swaps.c.id == swap_id)
    change.connection.execute(answered.values(answer=said, answered_at=change.now))
    change.log(f"rota.swap_{said}", f"{turn.id} {other.ref}")
    _tell(change, holder, f"swap:{swap_id}:{said}", f"rota.swap_{said}", turn, {"owner": other.initials})
    return turn


def _tell(change: Change, member: Staff, key: str, string: str, turn: Turn, fields: dict[str, Any]) -> None:
    notice = Notice(
        key=f"rota:{key}",
        purpose="alert",
        string=string,
        lane=notices.REMINDER,
        expires_at=min(change.now + ANSWER_WITHIN, max(turn.until, change.now + timedelta(hours=1))),
        fields={**of_turn(turn), **fields},
        staff_id=member.id,
    )
    notices.write(change.connection, change.council, notice, now=change.now)


def of_turn(turn: Turn) -> dict[str, Any]:
    """What a message says of a turn: its duty, when it begins and when it ends."""
    start, until = turn.starts_at.isoformat(), turn.until.isoformat()
    return {"turn": turn.duty, "day": start, "time": start, "day2": until, "until": until}


def next_of(connection: Connection, staff_id: int, now: datetime) -> list[Turn]:
    """Somebody's turns that are on or to come."""
    return [turn for turn in rota.turns(connection, now, now + 6 * rota.AHEAD) if turn.staff_id == staff_id]
