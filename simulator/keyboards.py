import re
from typing import Any

from simulator.calls import Call, RefusalError, bad

ACTIONS = frozenset(
    {"url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
     "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay"}
)  # fmt: skip
LONGEST_DATA_BYTES = 64


def read(call: Call, inline_only: bool = False) -> dict[str, Any] | None:
    """The reply markup of a call, checked as Telegram does; None when there is none."""
    markup = call.structure("reply_markup")
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = [[check_inline(button) for button in row] for row in grid(markup, "inline_keyboard")]
        return {"inline_keyboard": [row for row in rows if row]} if any(rows) else None
    if inline_only:
        raise bad("inline keyboard expected")
    if "keyboard" in markup:
        rows = [[check_reply(button) for button in row] for row in grid(markup, "keyboard")]
        return markup | {"keyboard": rows}
    return markup


def grid(markup: dict[str, Any], name: str) -> list[list[Any]]:
    rows = markup[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(f'field "{name}" must be of type Array of Arrays')
    return rows


def check_inline(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad('can\'t parse inline keyboard button: Field "text" must be non-empty')
    actions = [name for name in button if name in ACTIONS]
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= LONGEST_DATA_BYTES:
        raise RefusalError(400, "Bad Request: BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not re.match(r"(https?|tg|ton|mailto|tel):|[\w-]+\.\w+", str(url)):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    return button


def check_reply(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad('can\'t parse keyboard button: Field "text" must be non-empty')
    return button
