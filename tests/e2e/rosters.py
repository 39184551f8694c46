"""A supervisor's roster: on Telegram with buttons, or by text; what is read there, and how it is marked."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.e2e.councils import SQUAD, Council
from tests.e2e.town import Town
from tests.e2e.words import clock_time, day

HELP = "Reply ALL IN or IN 1-4, LATE 5, OUT 6, then DONE 3pm. Hurt? HURT 2."
ALL_MARKED = "All marked. To change one, reply like OUT 5. When it's over reply DONE and the time."

Said = Mapping[str, str]  # role → what they said, or how they were marked


class OnTelegram:
    """One message with a row of buttons a person. Every press shows in it what stands then."""

    presses, texts, lists_by_text = 5, 0, 1

    def __init__(self, town: Town, council: Council) -> None:
        self._town, self._council, self._chat = town, council, council.supervisor.chat

    def shows(self, said: Said, marks: Said, *, over: bool = False) -> None:
        """The newest roster reads so, and has these buttons."""
        shown = list(zip(self._town.chat(self._chat), self._town.buttons(self._chat), strict=True))
        text, labels = [one for one in shown if one[0].startswith(_head(self._council))][-1]
        assert text == self.text(self._council, said, marks)
        last = [["All in", "Done"] if any(role not in marks and said.get(role) != "cant" for role in SQUAD) else ["Done"]]
        last.append(["Someone else came", "Call it off"])
        assert labels == [*(self._row(role, marks.get(role)) for role in SQUAD), *([] if over else last)]

    @staticmethod
    def text(council: Council, said: Said, marks: Said) -> str:
        words = {"coming": "coming", "cant": "can't come", "late": "15 to 30 min late", "none": "no answer"}
        lines = [
            f"{n} {one.first} {one.last[0]}: {marks.get(role) or words[said.get(role, 'none')]}"
            for n, (role, one) in enumerate(((role, council.people[role]) for role in SQUAD), start=1)
        ]
        return _head(council) + "\n".join(lines)

    def _row(self, role: str, mark: str | None) -> list[str]:
        if mark is None:
            return [self._name(role), "In", "Late", "Not here"]
        status = mark.partition(" ")[0] if mark.startswith("late") else mark
        return [f"{self._name(role)}: {status}", *(["Undo"] if mark == "not here" else ["Left early", "Sent home", "Undo"])]

    def _name(self, role: str) -> str:
        return f"{SQUAD.index(role) + 1} {initials(self._council, role)}"

    def mark_in(self, role: str) -> None:
        self._press("In", role)

    def mark_late(self, role: str) -> None:
        self._press("Late", role)

    def mark_missing_and_the_rest_in(self, role: str) -> None:
        self._press("Not here", role)
        self._press("All in")

    def finish(self, until: datetime) -> None:
        """The button means now."""
        self._press("Done")

    def _press(self, label: str, role: str = "") -> None:
        self._town.press(self._chat, label, self._name(role) if role else "")
        self._town.quiet()


class ByText:
    """The list once, with initials only; then each text is answered with what stands."""

    presses, texts, lists_by_text = 0, 4, 2

    def __init__(self, town: Town, council: Council) -> None:
        self._town, self._council = town, council

    def shows(self, said: Said, marks: Said, *, over: bool = False) -> None:
        """What was texted stays as it was; all of it is compared at the end."""

    def mark_in(self, role: str) -> None:
        self._say(f"A IN {SQUAD.index(role) + 1}")

    def mark_late(self, role: str) -> None:
        self._say(f"a late {SQUAD.index(role) + 1}")

    def mark_missing_and_the_rest_in(self, role: str) -> None:
        self._say(f"A OUT {SQUAD.index(role) + 1}, all in")

    def finish(self, until: datetime) -> None:
        self._say(f"A DONE {clock_time(until)}")

    def _say(self, text: str) -> None:
        self._town.text(self._council.supervisor.phone, text)
        self._town.quiet()


def _head(council: Council) -> str:
    return f"{council.place}\n{day(council.starts_at)}, {clock_time(council.starts_at)}\n\n"


def of(town: Town, council: Council) -> OnTelegram | ByText:
    return OnTelegram(town, council) if council.marks_on == "telegram" else ByText(town, council)


def listed(council: Council, said: Said) -> str:
    """The list as a text."""
    words = {"coming": "yes", "cant": "can't", "late": "late", "none": "?"}
    rows = [f"{n} {initials(council, role)} {words[said.get(role, 'none')]}" for n, role in enumerate(SQUAD, start=1)]
    return f"{about(council)}: {', '.join(rows)}. {HELP}"


def about(council: Council) -> str:
    return f"{council.place}, {day(council.starts_at)} {clock_time(council.starts_at)}"


def initials(council: Council, role: str) -> str:
    return f"{council.people[role].first[0]}{council.people[role].last[0]}"


def numbers(roles: Sequence[str]) -> str:
    """`1-4, 6`"""
    runs: list[list[int]] = []
    for number in sorted(SQUAD.index(role) + 1 for role in roles):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
