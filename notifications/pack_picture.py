"""What comes in a pack, as the picture that the council keeps of it."""

from notifications.attachments import Source
from notifications.pictures import plain_jpeg


def make(source: Source) -> bytes:
    path = source.council.picture_of(source.fields["ref"])
    return plain_jpeg(path.read_bytes()) if path else b""
