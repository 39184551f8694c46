"""What one of the staff asks for is done whole or not at all; what stands in the way is said."""

from collections.abc import Callable

from db import access, permissions, staff_questions
from db.attendance import NotMarked
from db.change import Change, ChangeError
from db.permissions import Refused, as_member
from handlers.turn import StaffTurn


def change(turn: StaffTurn, reason: str | None = None) -> Change:
    return Change(turn.connection, turn.council, turn.now, as_member(turn.member), reason)


def whole(
    turn: StaffTurn, act: Callable[[], None], *, no: str = "staff.no", question_id: int | None = None,
    unmarked: Callable[[NotMarked], None] | None = None,
) -> bool:  # fmt: skip
    """Whether it was done. `no` is the string that says why not, and `unmarked` says why a roster takes no such mark; the
    question that it answers closes with what is done."""
    changes = turn.connection.begin_nested()
    try:
        act()
    except NotMarked as refusal:
        changes.rollback()
        if unmarked is None:
            raise
        unmarked(refusal)
        return False
    except ChangeError as error:
        changes.rollback()
        turn.say_anew(no, {"message": str(error)})
        return False
    except Refused as refused:
        changes.rollback()
        access.refused(turn.connection, turn.member.ref, str(refused), now=turn.now)
        turn.say_anew("staff.not_allowed", {"who": permissions.who_may(str(refused))})
        return False
    changes.commit()
    if question_id is not None:
        staff_questions.close(turn.connection, question_id, now=turn.now)
    return True
