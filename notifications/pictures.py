"""Pictures made plain: whatever comes in goes on as a small JPEG that tells nothing of its camera, place or time."""

import io

LARGEST = 1600  # pixels, along either side
MOST_PIXELS = 50_000_000  # of what comes in, before it is opened out in memory
KINDS = ("JPEG", "PNG", "WEBP")
QUALITY = 80


class NotAPicture(Exception):
    """It is none of the kinds we open, broken, or too large."""


def plain_jpeg(content: bytes) -> bytes:
    """The picture upright, without metadata. Raises NotAPicture."""
    from PIL import Image, ImageOps  # large, and most of the time nothing is drawn

    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPicture("too large")
            picture.draft("RGB", (LARGEST, LARGEST))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture(type(error).__name__) from None
    upright.thumbnail((LARGEST, LARGEST))
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())  # what the file said of itself stays behind
    made = io.BytesIO()
    bare.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
