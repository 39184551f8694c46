"""The strings that are captions, each with the picture or document that goes with it."""

from notifications import calendar_file, hours_paper, pack_picture
from notifications.attachments import Attachment, Source


def _ring(source: Source) -> bytes:
    from notifications import hours_picture  # which draws with Pillow, large, and most of the time nothing is drawn

    return hours_picture.make(source)


_RING = Attachment("photo", "hours.png", _ring, or_words=True)
_FOLLOWS = Attachment("document", "date.ics", calendar_file.make, discreet=True, or_words=True, needs="calendar")

BY_STRING: dict[str, Attachment] = {
    "hours.picture": _RING,
    "milestone.step": _RING,
    "milestone.step_alone": _RING,
    "milestone.done": _RING,
    "hours.statement": Attachment("document", "hours.pdf", hours_paper.make),
    "pack.picture": Attachment("photo", "picture.jpg", pack_picture.make),
    "session.calendar": Attachment("document", "date.ics", calendar_file.make, discreet=True),
    "session.off": _FOLLOWS,
    "session.moved": _FOLLOWS,
    "session.on_again": _FOLLOWS,
}
