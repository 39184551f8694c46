"""A change that staff ask for: whole or not at all, and what stands in the way is said."""

from collections.abc import Callable

from db import access, permissions
from db.change import ChangeError
from db.permissions import Refused
from handlers.turn import StaffTurn


def changing(turn: StaffTurn, act: Callable[[], None], string: str = "roster.no.change") -> bool:
    """Whether it was done. `string` says what stands in the way."""
    changes = turn.connection.begin_nested()
    try:
        act()
    except ChangeError as error:
        changes.rollback()
        turn.say_anew(string, {"message": str(error)})
    except Refused as refused:
        changes.rollback()
        access.refused(turn.connection, turn.member.ref, str(refused), now=turn.now)
        turn.say_anew("broadcast.not_allowed", {"who": permissions.who_may(str(refused))})
    else:
        changes.commit()
        return True
    return False
