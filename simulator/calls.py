import email.parser
import email.policy
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class RefusalError(Exception):
    """An answer with ok false, in the words of the real server (tdlib/telegram-bot-api, Client.cpp)."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def response(self, status: int | None = None) -> Response:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        retry_after = self.parameters.get("retry_after")
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        return JSONResponse(body, status or self.code, headers)


def bad(what: str) -> RefusalError:
    return RefusalError(400, f"Bad Request: {what}")


@dataclass
class Upload:
    name: str
    content: bytes
    mime: str


@dataclass
class Call:
    """The parameters of one Bot API call, from its query and its body: a form, JSON or multipart."""

    method: str
    params: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name)
        return default if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        value = self.text(name)
        return int(value) if re.fullmatch(r"-?\d{1,19}", value) else default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        """A JSON-serialised parameter; None when absent or empty."""
        value = self.params.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def file(self, name: str) -> Upload | None:
        value = self.text(name)
        return self.files.get(value.removeprefix("attach://") if value.startswith("attach://") else name)


async def read(request: Request, method: str, body: bytes) -> Call:
    call = Call(method, dict(request.query_params))
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("application/json"):
            given = json.loads(body or b"{}")
            call.params |= {key: value for key, value in given.items() if value is not None}
        elif kind.startswith("multipart/form-data"):
            read_parts(call, kind, body)
        elif kind.startswith("application/x-www-form-urlencoded"):
            call.params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (ValueError, AttributeError):
        raise bad("can't parse the request body") from None
    return call


def read_parts(call: Call, kind: str, body: bytes) -> None:
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        if part.get_filename() is None:
            call.params[name] = content.decode()
        else:
            call.files[name] = Upload(str(part.get_filename()), content, part.get_content_type())
