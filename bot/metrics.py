"""What there is to watch, counted in the record when asked, so that it is true of every process at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from db import deliveries, inbound, rota, rota_watch, watch
from db.schema import CHANNELS, DUTIES, heartbeats

STATUSES = (
    "pending",
    "sending",
    "unknown",
    "accepted",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "cancelled",
    "expired",
)
DOORS = ("telegram", "twilio")
STATES = ("stored", "handled", "failed")
TESTED = ("answered", "waiting", "failed")
REASONS = ("signature", "secret", "size", "malformed")


class Rejections:
    """Webhooks that this process turned away, by door and reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, door: str, reason: str) -> None:
        self._counts[door, reason] += 1

    def __getitem__(self, key: tuple[str, str]) -> int:
        return self._counts[key]


def page(connection: Connection, rejections: Rejections, *, now: datetime, real: datetime) -> str:
    """The Prometheus text format, version 0.0.4."""
    counted = deliveries.counts(connection)
    sent = {(channel, status): count for channel, status, count, _ in counted}
    again = {channel: sum(times for of, _, _, times in counted if of == channel) for channel in CHANNELS}
    received = {(door, state): count for door, state, count in inbound.counts(connection)}
    lines: list[str] = []
    lines += _metric(
        "turnup_deliveries", "gauge", "channel,status", ((key, sent.get(key, 0)) for key in _pairs(CHANNELS, STATUSES))
    )
    lines += _metric("turnup_inbound", "gauge", "door,state", ((key, received.get(key, 0)) for key in _pairs(DOORS, STATES)))
    lines += _metric("turnup_sent_again", "gauge", "channel", (((name,), again[name]) for name in CHANNELS))
    turned_away = ((key, rejections[key]) for key in _pairs(DOORS, REASONS))
    lines += _metric("turnup_webhook_rejected_total", "counter", "door,reason", turned_away)
    lines += ["# TYPE turnup_queue_oldest_seconds gauge"]
    lines += [f"turnup_queue_oldest_seconds {deliveries.oldest_waiting(connection, now=now):.3f}"]
    unknown = sum(count for (_, status), count in sent.items() if status == "unknown")
    lines += ["# TYPE turnup_unknown gauge", f"turnup_unknown {unknown}"]
    lines += _metric("turnup_heartbeat_seconds", "gauge", "process", _ages(connection, real))
    lines += _watched(connection, now, real)
    lines += _rota(connection, now)
    return "\n".join(lines) + "\n"


def _watched(connection: Connection, now: datetime, real: datetime) -> list[str]:
    """Each invariant as it reads now, which breaches stand, and how fast messages went in the last hour."""
    readings = watch.quick(connection, now=now, real=real)
    standing, lately = watch.standing(connection), watch.recent(connection, now=now)
    taken = lately.due_to_accepted
    lines = _metric("turnup_watch", "gauge", "name", (((one.name,), one.value) for one in readings))
    lines += _metric("turnup_breach", "gauge", "name", (((name,), float(name in standing)) for name in watch.NAMES))
    of_95 = [] if taken is None else [(("0.95",), taken)]
    lines += _metric("turnup_due_to_accepted_seconds", "gauge", "quantile", of_95)
    arrived = [((channel, "0.95"), seconds) for channel, seconds in lately.accepted_to_delivered.items()]
    return lines + _metric("turnup_accepted_to_delivered_seconds", "gauge", "channel,quantile", arrived)


def _rota(connection: Connection, now: datetime) -> list[str]:
    """Whether somebody has each duty now, and how the latest test alert stands."""
    on = rota.on_duty(connection, now)
    duties = (((duty,), float(getattr(on, duty) is not None)) for duty in DUTIES)
    tested = rota_watch.last_test(connection)
    results = (((result,), float(tested is not None and tested[0] == result)) for result in TESTED)
    return _metric("turnup_on_duty", "gauge", "duty", duties) + _metric("turnup_test_alert", "gauge", "result", results)


def _pairs(first: Iterable[str], second: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one, other) for one in first for other in second]


def _metric(name: str, kind: str, labels: str, values: Iterable[tuple[Sequence[str], float]]) -> list[str]:
    names = labels.split(",")
    lines = [f"# TYPE {name} {kind}"]
    for key, value in values:
        labelled = ",".join(f'{label}="{part}"' for label, part in zip(names, key, strict=True))
        lines.append(f"{name}{{{labelled}}} {value:g}")
    return lines


def _ages(connection: Connection, real: datetime) -> list[tuple[Sequence[str], float]]:
    latest = select(heartbeats.c.process, func.max(heartbeats.c.at).label("at")).group_by(heartbeats.c.process)
    return [((row.process,), max(0.0, (real - row.at).total_seconds())) for row in connection.execute(latest)]
