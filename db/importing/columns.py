"""The columns of each file and how their cells are read."""

from collections.abc import Collection

from db import rules
from db.importing.cells import (
    Parser,
    boolean,
    day,
    degrees,
    language,
    maybe_day,
    maybe_ref,
    moment,
    one_of,
    phone,
    ref,
    refs,
    text,
    whole,
    window,
    words,
)
from db.schema import ACTIVITIES, CHANNELS, MODES, ORDER_STATUSES, PLACEMENT_KINDS, ROLES

Columns = dict[str, Parser]

REFERENCES = {
    "people": {"case_manager": "staff", "not_with": "people"},
    "orders": {"person": "people", "concurrent_with": "orders", "responsible_officer": "staff"},
    "placements": {"supervisor": "staff"},
    "sessions": {"placement": "placements", "supervisor": "staff"},
    "bookings": {"session": "sessions", "person": "people", "order": "orders"},
    "hours": {"order": "orders", "placement": "placements"},
}
"""Which column of which file names rows of which file."""


def contract(languages: Collection[str], *, drama_ok: bool) -> dict[str, Columns]:
    """File → column → parser. A value is what the file means, not yet what a table holds."""
    spoken, number = language(languages), phone(drama_ok=drama_ok)
    no = boolean(empty=False)
    return {
        "staff": {
            "ref": ref, "name": words(), "role": one_of(*ROLES), "phone": number, "language": spoken, "team": text(64),
        },
        "people": {
            "ref": ref, "first_name": words(), "last_name": text(), "phone": number, "language": spoken,
            "channel": one_of(*CHANNELS), "mode": one_of(*MODES, may_be_empty=True), "safe_window": window,
            "phone_is_own": boolean(empty=True), "voicemail_ok": no,
            "stop_level": one_of("reminders", "all", empty="none", may_be_empty=True), "restricted": no,
            "team": text(64), "case_manager": maybe_ref, "women_only": no, "not_with": refs,
        },
        "orders": {
            "ref": ref, "person": ref, "kind": one_of(*rules.HOURS_LIMITS), "imposed_on": day, "hours": whole(1),
            "complete_by": maybe_day, "other_activity_hours": whole(empty=0, may_be_empty=True),
            "concurrent_with": maybe_ref, "responsible_officer": maybe_ref, "status": one_of(*ORDER_STATUSES),
        },
        "placements": {
            "ref": ref, "name": words(200), "nickname": words(40), "kind": one_of(*PLACEMENT_KINDS), "address": text(),
            "postcode": text(), "latitude": degrees(90), "longitude": degrees(180), "bring": text(200),
            "supervisor": maybe_ref, "team": text(64), "women_only": no, "capacity": whole(1, may_be_empty=True),
        },
        "sessions": {
            "ref": ref, "placement": ref, "starts_at": moment, "ends_at": moment,
            "capacity": whole(1, may_be_empty=True), "supervisor": maybe_ref, "status": one_of("planned", "cancelled"),
        },
        "bookings": {"session": ref, "person": ref, "order": ref, "status": one_of("booked", "cancelled")},
        "hours": {
            "ref": ref, "order": ref, "worked_on": day, "minutes": whole(), "activity": one_of(*ACTIVITIES),
            "placement": maybe_ref, "note": text(),
        },
        "packs": {
            "ref": ref, "name": words(200), "activity": one_of(*ACTIVITIES), "minutes": whole(1), "stock": whole(),
            "collect_from": text(200), "return_within_days": whole(), "note": text(500),
        },
    }  # fmt: skip
