import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Entity = dict[str, Any]

RESERVED = set("_*[]()~`>#+-=|{}.!")
TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code"}
SEEN_BY_THEMSELVES = [
    ("bot_command", re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w+)?")),
    ("url", re.compile(r"\bhttps?://[^\s<>]+[^\s<>.,;:!?)]")),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w")),
]


class EntityError(ValueError):
    """The words of Telegram's parser after "can't parse entities: " (td/telegram/MessageEntity.cpp)."""


def units(text: str) -> int:
    """Entity offsets and lengths are counted in UTF-16 code units (Bot API, MessageEntity)."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def parse(text: str, mode: str) -> tuple[str, list[Entity]]:
    """The visible text and its entities. Raises EntityError, or LookupError for an unknown mode."""
    parsers: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
        "": lambda plain: (plain, []), "html": parse_html, "markdownv2": parse_markdown,
    }  # fmt: skip
    visible, entities = parsers[mode.lower()](text)
    visible, entities = trim(visible, entities)
    return visible, entities + detect(visible, entities)


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Telegram strips white space at both ends, and moves the entities with it."""
    stripped = text.strip()
    start, size = units(text[: len(text) - len(text.lstrip())]), units(stripped)
    kept = []
    for entity in entities:
        low = max(0, entity["offset"] - start)
        high = min(size, entity["offset"] + entity["length"] - start)
        if high > low:
            kept.append(entity | {"offset": low, "length": high - low})
    return stripped, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def detect(text: str, taken: list[Entity] | None = None) -> list[Entity]:
    """What Telegram marks without being asked: commands, addresses of pages and of mail."""
    spans = [(e["offset"], e["offset"] + e["length"]) for e in taken or []]
    found: list[Entity] = []
    for kind, pattern in SEEN_BY_THEMSELVES:
        for match in pattern.finditer(text):
            offset, length = units(text[: match.start()]), units(match.group())
            if not any(low < offset + length and offset < high for low, high in spans):
                found.append({"type": kind, "offset": offset, "length": length})
                spans.append((offset, offset + length))
    return sorted(found, key=lambda entity: int(entity["offset"]))


@dataclass
class Open:
    name: str
    kind: str
    at: int
    start: int
    extra: dict[str, Any]


def parse_html(source: str) -> tuple[str, list[Entity]]:
    text, entities, stack = "", [], list[Open]()
    place = 0
    while place < len(source):
        if source[place] == "&":
            known = re.match(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});", source[place:])
            text += html.unescape(known.group()) if known else "&"
            place += known.end() if known else 1
            continue
        if source[place] != "<":
            text += source[place]
            place += 1
            continue
        at = len(source[:place].encode())
        end = source.find(">", place)
        inside = source[place + 1 : end] if end > 0 else ""
        if inside.startswith("/"):
            entities += close_tag(inside[1:].strip().lower(), stack, at, units(text))
        else:
            stack.append(open_tag(inside, end, at, units(text)))
        place = end + 1
    if stack:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    return text, entities


def open_tag(inside: str, end: int, at: int, start: int) -> Open:
    shape = re.fullmatch(r"([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*", inside)
    if end < 0:
        raise EntityError(f"Unclosed start tag at byte offset {at}")
    name = shape.group(1).lower() if shape else re.split(r"[\s>]", inside.lower(), maxsplit=1)[0]
    if not shape or name not in TAGS:
        raise EntityError(f'Unsupported start tag "{name}" at byte offset {at}')
    found = re.findall(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", shape.group(2))
    given = {key.lower(): html.unescape(a or b or c) for key, a, b, c in found}
    if name == "span" and given.get("class") != "tg-spoiler":
        raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    extra = {"url": given["href"]} if name == "a" and "href" in given else {}
    if name == "tg-emoji":
        extra = {"custom_emoji_id": given.get("emoji-id", "")}
    return Open(name, TAGS[name], at, start, extra)


def close_tag(name: str, stack: list[Open], at: int, end: int) -> list[Entity]:
    if not stack:
        raise EntityError(f"Unexpected end tag at byte offset {at}")
    top = stack.pop()
    if name not in ("", top.name):
        raise EntityError(f'Unmatched end tag at byte offset {at}, expected "</{top.name}>", found "</{name}>"')
    if end == top.start or (top.name == "a" and not top.extra):
        return []
    return [{"type": top.kind, "offset": top.start, "length": end - top.start} | top.extra]


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """MarkdownV2, without block quotations and custom emoji."""
    text, entities, stack = "", list[Entity](), list[Open]()
    place = 0
    while place < len(source):
        char, at = source[place], len(source[:place].encode())
        escaped = char == "\\" and place + 1 < len(source) and ord(source[place + 1]) < 128
        if escaped or char not in RESERVED:
            text += source[place + escaped]
            place += 1 + escaped
        elif char == "`":
            code, kind, place = code_at(source, place, at)
            entities.append({"type": kind, "offset": units(text), "length": units(code)})
            text += code
        elif char == "]" and stack and stack[-1].name == "[":
            url, place = link_at(source, place, at)
            entities.append(span(stack.pop(), units(text)) | {"url": url})
        else:
            mark = next((m for m in ("__", "||") if source.startswith(m, place)), char)
            entities += turn(mark, stack, at, units(text))
            place += len(mark)
    if stack:
        kind = stack[-1].kind.title().replace("_", "")
        raise EntityError(f"Can't find end of {kind} entity at byte offset {stack[-1].at}")
    return text, [entity for entity in entities if entity["length"]]


def turn(mark: str, stack: list[Open], at: int, place: int) -> list[Entity]:
    """A mark closes what it opened, or else opens something."""
    if mark in MARKS and stack and stack[-1].name == mark:
        return [span(stack.pop(), place)]
    if mark not in MARKS and mark != "[":
        raise EntityError(f"Character '{mark}' is reserved and must be escaped with the preceding '\\'")
    stack.append(Open(mark, MARKS.get(mark, "text_link"), at, place, {}))
    return []


def span(opened: Open, end: int) -> Entity:
    return {"type": opened.kind, "offset": opened.start, "length": end - opened.start}


def code_at(source: str, place: int, at: int) -> tuple[str, str, int]:
    fence, kind = ("```", "pre") if source.startswith("```", place) else ("`", "code")
    end = source.find(fence, place + len(fence))
    if end < 0:
        raise EntityError(f"Can't find end of {'PreCode' if kind == 'pre' else 'Code'} entity at byte offset {at}")
    return re.sub(r"\\(.)", r"\1", source[place + len(fence) : end]), kind, end + len(fence)


def link_at(source: str, place: int, at: int) -> tuple[str, int]:
    target = re.match(r"\]\(((?:\\.|[^)\\])*)\)", source[place:])
    if not target:
        raise EntityError(f"Can't find end of a URL at byte offset {at}")
    return re.sub(r"\\(.)", r"\1", target.group(1)), place + target.end()
