"""Hours done and left as a ring: two numbers and two signs, and no word that would have to be translated."""

import math
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from notifications.attachments import Source

SIZE = 640  # pixels each way; drawn larger first, so that edges are smooth
SCALE = 2
DONE, LEFT, PAPER, INK, EDGE = "#0b5cad", "#d9dee3", "#ffffff", "#1d2327", "#5c666f"
RING = (0.05, 0.13)  # from the edge: where the ring begins, and how thick it is
NUMBER, WIDEST = 0.19, 0.42  # a number's height and most of its width, of the whole
QUARTERS = (25, 50, 75)

Box = tuple[float, float, float, float]


def make(source: Source) -> bytes:
    """A PNG from the minutes `done` and `left`."""
    return draw(source.fields["done"], source.fields["left"])


def draw(done: int, left: int) -> bytes:
    whole = SIZE * SCALE
    image = Image.new("RGB", (whole, whole), PAPER)
    pen = ImageDraw.Draw(image)
    _ring(pen, whole, done / (done + left) if done + left else 1.0)
    middle = whole / 2
    pen.line([(middle - whole * 0.2, middle), (middle + whole * 0.2, middle)], fill=LEFT, width=whole // 100)
    _row(pen, whole, -1, clock(done), DONE)
    _row(pen, whole, 1, clock(left), INK)
    out = BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()


def clock(minutes: int) -> str:
    """`74`, or `74:20`: digits and a colon are read alike everywhere."""
    whole, rest = divmod(minutes, 60)
    return f"{whole}:{rest:02d}" if rest else str(whole)


def _ring(pen: ImageDraw.ImageDraw, whole: int, share: float) -> None:
    """From the top and clockwise, as a clock goes. Whoever has begun sees some of it, and only all of it is full."""
    edge, thick = whole * RING[0], int(whole * RING[1])
    box: Box = (edge, edge, whole - edge, whole - edge)
    pen.arc(box, 0, 360, fill=LEFT, width=thick)
    if share > 0:
        pen.arc(box, -90, -90 + (360 if share >= 1 else min(max(share * 360, 4), 356)), fill=DONE, width=thick)
    for inset in (edge, edge + thick):
        around = (inset, inset, whole - inset, whole - inset)
        pen.ellipse(around, outline=EDGE, width=whole // 200)
    for quarter in QUARTERS:
        _tick(pen, whole, quarter / 100, edge, thick)


def _tick(pen: ImageDraw.ImageDraw, whole: int, share: float, edge: float, thick: int) -> None:
    angle = (share * 360 - 90) * math.pi / 180
    outer, inner = whole / 2 - edge, whole / 2 - edge - thick
    ends = [(whole / 2 + far * math.cos(angle), whole / 2 + far * math.sin(angle)) for far in (inner, outer)]
    pen.line(ends, fill=PAPER, width=whole // 110)


def _row(pen: ImageDraw.ImageDraw, whole: int, side: int, number: str, colour: str) -> None:
    """A sign and a number, above the middle (-1: a tick, for done) or below it (1: an open ring, for left)."""
    height = whole * NUMBER
    width = pen.textlength(number, font=ImageFont.load_default(height))
    font = ImageFont.load_default(height * min(1, whole * WIDEST / width))
    width, sign = pen.textlength(number, font=font), whole * 0.08
    start, middle = (whole - width - sign * 1.4) / 2, whole / 2 + side * whole * 0.115
    thick = whole // 60
    if side < 0:
        tick = [(start, middle), (start + sign * 0.38, middle + sign * 0.4), (start + sign, middle - sign * 0.45)]
        pen.line(tick, fill=colour, width=thick, joint="curve")
    else:
        pen.ellipse((start, middle - sign / 2, start + sign, middle + sign / 2), outline=colour, width=thick)
    pen.text((start + sign * 1.4, middle), number, fill=colour, font=font, anchor="lm")
