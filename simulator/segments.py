GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_DOUBLE = frozenset("^{}\\[~]|€\f")

# Encoding: units in a lone message, units in each part of a longer one (3GPP TS 23.040 9.2.3.24.1).
ROOM = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


def encoding(text: str) -> str:
    return "GSM-7" if all(c in GSM_7 or c in GSM_7_DOUBLE for c in text) else "UCS-2"


def count(text: str) -> int:
    """How many parts a carrier charges for; an escape or a surrogate pair is never split over two. Empty is 1."""
    name = encoding(text)
    alone, part = ROOM[name]
    sizes = [2 if (c in GSM_7_DOUBLE if name == "GSM-7" else ord(c) > 0xFFFF) else 1 for c in text]
    if sum(sizes) <= alone:
        return 1
    parts, room = 1, part
    for size in sizes:
        if size > room:
            parts, room = parts + 1, part
        room -= size
    return parts
