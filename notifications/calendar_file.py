"""A session as a calendar file (iCalendar 2.0, RFC 5545): a neutral word, when, and no more than a message would say.

A moved session has the same UID and a higher SEQUENCE, so that taking the new file in moves the old entry; the file of one
that is off cancels it (RFC 5546, 3.2.5).
"""

from datetime import UTC, datetime

from notifications.attachments import Source

LINE = 75  # octets of a line, RFC 5545 3.1
FORM = "%Y%m%dT%H%M%SZ"  # in UTC, so that no description of a zone has to come along


def make(source: Source) -> bytes:
    """From the field `calendar`, see `db.sessions.entry`; its place is told in standard mode only, and may be empty."""
    fields = source.fields["calendar"]
    method = "CANCEL" if fields["off"] else "PUBLISH"
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sessions//EN", "CALSCALE:GREGORIAN", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{fields['booking']}@sessions",
        f"SEQUENCE:{fields['sequence']}",
        f"DTSTAMP:{source.now.astimezone(UTC):{FORM}}",
        f"DTSTART:{_moment(fields['starts'])}",
        f"DTEND:{_moment(fields['ends'])}",
        f"SUMMARY:{_text(source.label('calendar.summary'))}",
        *([f"LOCATION:{_text(fields['place'])}"] if fields["place"] and source.mode == "standard" else []),
        *(["STATUS:CANCELLED"] if fields["off"] else []),
        "CLASS:PRIVATE", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _moment(value: str) -> str:
    return f"{datetime.fromisoformat(value).astimezone(UTC):{FORM}}"


def _text(value: str) -> str:
    for sign in "\\;,":
        value = value.replace(sign, f"\\{sign}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> str:
    """No line longer than LINE octets, and no character cut in two."""
    rows: list[str] = []
    row = ""
    for character in line:
        if len((row + character).encode()) > LINE - bool(rows):
            rows.append(row)
            row = ""
        row += character
    return "\r\n ".join([*rows, row])
