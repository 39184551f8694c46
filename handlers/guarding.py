"""What one of the staff asks for is done whole or not at all; what stands in the way is said."""

from collections.abc import Callable

from db import access, permissions
from db.change import Change, ChangeError
from db.permissions import Refused, as_member
from handlers.turn import StaffTurn


def change(turn: StaffTurn) -> Change:
    return Change(turn.connection, turn.council, turn.now, as_member(turn.member))


def whole(turn: StaffTurn, act: Callable[[], None]) -> bool:
    """Whether it was done."""
    changes = turn.connection.begin_nested()
    try:
        act()
    except ChangeError as error:
        changes.rollback()
        turn.say_anew("broadcast.no", {"message": str(error)})
    except Refused as refused:
        changes.rollback()
        access.refused(turn.connection, turn.member.ref, str(refused), now=turn.now)
        turn.say_anew("broadcast.not_allowed", {"who": permissions.who_may(str(refused))})
    else:
        changes.commit()
        return True
    return False
