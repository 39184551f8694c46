"""What a worker sees of people's messages at each step, and the buttons that lead to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import thread_replies, transcripts
from db.people import Staff
from db.thread_replies import TEMPLATES, Draft
from db.thread_watch import Upto, offers, press
from db.threads import Listed, Thread
from handlers import attempts
from handlers.crisis_words import around
from handlers.transcripts import in_words
from handlers.turn import StaffTurn
from locales.catalog import Catalogs
from notifications.channel import plain
from notifications.previews import ON_A_LOCK_SCREEN
from notifications.rendering import Rendered, Renderer

LISTED = 10
LINES_SHOWN = 12
LINE_LENGTH = 300  # characters of one message in a transcript
IN_A_ROW = 4  # buttons with a number
Offers = list[list[tuple[str, dict[str, Any], str]]]


@dataclass(frozen=True, slots=True)
class Views:
    turn: StaffTurn

    def waiting(self, found: Sequence[Listed]) -> None:
        """The longest unread first. Who is kept apart is not shown here."""
        shown = [one for one in found if not (one.person.restricted or one.person.women_only)]
        if not shown:
            self.turn.say("thread.none")
            return
        rows: Offers = [
            [
                (
                    "button.thread.one",
                    {"initials": one.person.initials, "n": one.unread, **_at(one.due_at or self.turn.now)},
                    press(one.id, "", "show"),
                )
            ]
            for one in shown[:LISTED]
        ]
        self._show("thread.list", {"n": str(sum(one.unread for one in shown))}, rows)

    def transcript(self, thread: Thread) -> None:
        """Its last lines, with what can be done."""
        said = in_words(transcripts.lines(self.turn.connection, thread, now=self.turn.now))[-LINES_SHOWN:]
        lines = [
            [
                one.at.isoformat(),
                self._who(one.who, thread),
                one.kind,
                around(one.words or "", LINE_LENGTH),
                one.state,
                one.to,
            ]
            for one in said
        ]
        upto = Upto(thread.id, thread.latest, thread.person)
        fields = {"initials": thread.person.initials, "transcript": lines}
        self._show("thread.show", fields, offers(upto), anew=True)

    @staticmethod
    def _who(ref: str, thread: Thread) -> str:
        return thread.person.initials if ref == thread.person.ref else ref

    def write(self, thread: Thread, *, takes_words: bool) -> None:
        """What they get of each template, in their language and mode, and numbers to choose by."""
        filled = list(self._templates(thread))
        buttons = [("button.thread.tpl", {"number": n}, press(thread.id, "", f"tpl{n}")) for n, _ in filled]
        rows: Offers = [buttons[start : start + IN_A_ROW] for start in range(0, len(buttons), IN_A_ROW)]
        rows.append([("button.thread.cancel", {}, press(thread.id, "", "cancel"))])
        fields = {"initials": thread.person.initials, "lines": "\n".join(f"{number} {text}" for number, text in filled)}
        self._show("thread.write" if takes_words else "thread.choose", fields, rows, anew=True)

    def _templates(self, thread: Thread) -> Sequence[tuple[int, str]]:
        """Those that can be filled."""
        found = []
        for number, string in enumerate(TEMPLATES, start=1):
            try:
                draft = thread_replies.draft(attempts.change(self.turn), thread, string=string)
            except thread_replies.NothingToSay:
                continue
            found.append((number, self._read(thread, draft)[0]))
        return found

    def _read(self, thread: Thread, draft: Draft) -> tuple[str, Rendered]:
        """The words as their reader sees them, and the message that they are in."""
        renderer = Renderer(self.turn.council, Catalogs.load())
        channel: Any = draft.channel
        rendered = renderer.for_person(draft.notice, thread.person, channel, self.turn.now)
        return (plain(rendered.body) if channel == "telegram" else rendered.body), rendered

    def check(self, thread: Thread, draft: Draft, question_id: int) -> None:
        words, rendered = self._read(thread, draft)
        parts = rendered.parts if draft.channel == "sms" else 0
        fields = {
            "initials": thread.person.initials, "door": draft.channel, "message": words, "line": words[:ON_A_LOCK_SCREEN],
            "parts": parts, "pence": parts * self.turn.council.pence_a_part, "warnings": list(draft.warnings),
            **_at(draft.goes_at),
        }  # fmt: skip
        words_under = ("send", "change", "cancel")
        rows: Offers = [[(f"button.thread.{word}", {}, press(thread.id, question_id, word)) for word in words_under]]
        self._show("thread.check", fields, rows, anew=True)

    def held(self, thread: Thread, draft: Draft, entry_id: int) -> None:
        stop: Offers = [[("button.thread.stop", {}, press(thread.id, entry_id, "stop"))]]
        self._show("thread.held", {"initials": thread.person.initials, **_at(draft.goes_at)}, stop)

    def only_by_call(self, thread: Thread, why: str) -> None:
        rows: Offers = [[("button.thread.call", {}, press(thread.id, "", "call"))]]
        self._show("staff.no", {"message": why}, rows, anew=True)

    def seen(self, thread: Thread, marked: int) -> None:
        rows: Offers = [[(f"button.thread.{word}", {}, press(thread.id, thread.latest, word)) for word in ("reply", "show")]]
        self._show("thread.seen", {"n": str(marked), "initials": thread.person.initials}, rows, anew=True)

    def later(self, again: datetime) -> None:
        self.turn.say_anew("thread.later", _at(again))

    def whom(self, thread: Thread, colleagues: Sequence[Staff]) -> None:
        rows: Offers = [
            [
                (
                    "button.thread.to",
                    {"initials": member.initials, "word": member.role.replace("_", " ")},
                    press(thread.id, "", f"to{member.id}"),
                )
            ]
            for member in colleagues[:LISTED]
        ]
        self._show("thread.whom", {"initials": thread.person.initials, "n": str(thread.unread)}, rows, anew=True)

    def _show(self, string: str, fields: dict[str, Any], rows: Offers, *, anew: bool = False) -> None:
        """`anew`: below the message whose button was pressed, which stays as it is."""
        say = self.turn.say_anew if anew else self.turn.say
        say(string, {**fields, "buttons": rows})


def _at(moment: datetime) -> dict[str, str]:
    return {"day": moment.isoformat(), "time": moment.isoformat()}
