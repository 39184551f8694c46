"""Of two who mark the same person the latest stands, and whoever marked before is told."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta

from db import notices
from db.change import Change
from db.notices import Notice
from db.rosters import Marking, Roster

LASTS = timedelta(hours=4)  # after which nobody need hear of it


def overtaken(before: Roster, wanted: Collection[Marking], staff_id: int | None) -> dict[int, list[int]]:
    """By who of the staff had marked them, the numbers that somebody else now marks as something else."""
    found: dict[int, list[int]] = defaultdict(list)
    for one in wanted:
        line = before.line(one.number)
        mark = line.mark if line else None
        if mark and mark.staff_id is not None and mark.staff_id != staff_id and mark.status != one.status:
            found[mark.staff_id].append(one.number)
    return found


def tell(change: Change, roster: Roster, before: Mapping[int, list[int]]) -> None:
    """Whoever had marked them hears what stands now."""
    if change.actor.member is None:
        return
    owner = change.actor.member.initials
    starts_at = roster.starts_at.isoformat()
    wanted = [
        Notice(
            key=f"overtaken:s{roster.session_id}:m{staff_id}:{change.now.isoformat()}",
            purpose="roster",
            string="roster.overtaken" if roster.groups(numbers) else "roster.overtaken_undone",
            lane=notices.REPLY,
            expires_at=change.now + LASTS,
            fields={
                "day": starts_at, "time": starts_at, "place": "" if roster.women_only else roster.nickname,
                "numbers": numbers, "owner": owner, "marks": roster.groups(numbers),
            },
            staff_id=staff_id,
            session_id=roster.session_id,
            session_version=roster.version,
            channel="sms" if roster.women_only else None,
        )
        for staff_id, numbers in before.items()
    ]  # fmt: skip
    notices.write_all(change.connection, change.council, wanted, now=change.now)
