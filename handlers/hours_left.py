"""4: my hours. Done, left, by when, counted up to when; one message for each running order."""

from sqlalchemy import select

from db import access, hours
from db.schema import orders
from handlers import talk
from handlers.turn import PersonTurn

RUNNING = ("active", "suspended", "breached")


def say(turn: PersonTurn) -> None:
    query = select(orders.c.id, orders.c.complete_by).where(
        orders.c.person_id == turn.person.id, orders.c.status.in_(RUNNING)
    )
    running = turn.connection.execute(query.order_by(orders.c.imposed_on, orders.c.id)).all()
    if not running:
        talk.begin(turn)
        return
    balances = hours.balances(turn.connection, [order.id for order in running])
    access.log(turn.connection, turn.person.ref, "hours.asked", now=turn.now, person_id=turn.person.id)
    for n, order in enumerate(running, start=1):
        balance = balances[order.id]
        fields = {
            "done": balance.total - max(balance.left, 0),
            "total": balance.total,
            "left": max(balance.left, 0),
            "date": order.complete_by.isoformat(),
            "date2": balance.counted_up_to.isoformat(),
        }
        if len(running) == 1:
            turn.say("hours.left", fields)
        else:
            turn.say("hours.left_of", {**fields, "n": n, "orders": len(running)})
