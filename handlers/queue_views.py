"""What staff see of their tasks at each step, and the buttons that lead to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db import desk, queues, verbs
from db import people as who
from db.change import Change
from db.contact import Number
from db.people import Staff
from db.queues import Task
from handlers import task_facts
from handlers.turn import StaffTurn
from locales.numbers import spoken
from notifications import desk_words

SHOWN = 8  # tasks of one queue, and colleagues
Offers = list[list[tuple[str, dict[str, Any], str]]]
Said = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Views:
    turn: StaffTurn

    @property
    def whole(self) -> bool:
        """Whether names and words may be shown: on Telegram, where the council allows all of it there."""
        return self.turn.message.channel == "telegram" and self.turn.council.telegram_staff == "full"

    def hides(self, task: Task) -> bool:
        """Of women's work, of somebody restricted and of abuse Telegram shows nothing."""
        return self.turn.message.channel == "telegram" and task.closed_off

    def start(self, found: Sequence[Task]) -> None:
        shown = [task for task in found if not self.hides(task) and not task.sleeps(self.turn.now)]
        counted = queues.counts(shown, self.turn.now)
        hidden = sum(self.hides(task) for task in found)
        said: Said = [("task.hidden", {"n": str(hidden)})] if hidden else []
        if not counted:
            self._show("tasks.only_hidden" if hidden else "tasks.none", {"n": str(hidden)}, [])
        elif self.whole:
            offers: Offers = [
                [("button.tasks.queue", _counted(name, *numbers), f"j:0:queue:{name}")] for name, numbers in counted.items()
            ]
            hand: Offers = [[("button.tasks.hand", {}, "j:0::hand")]] if self._has_own(found) else []
            self._show("tasks.start", {"said": [("task.first", {}), *said]}, [*offers, *hand])
        else:
            lines: Said = [
                ("task.counted", {**_counted(name, *numbers), "codes": desk.codes([t for t in shown if t.queue == name])})
                for name, numbers in counted.items()
            ]
            self._show("tasks.counts", {"said": [*lines, *said]}, [])

    def _has_own(self, found: Sequence[Task]) -> bool:
        return any(task.owner_id == self.turn.member.id for task in found)

    def queue(self, queue: str, found: Sequence[Task]) -> None:
        """The oldest first, a button for each."""
        shown = [task for task in found if not self.hides(task)]
        if not self.whole or not shown:
            self.start(found)
            return
        lines: Said = [self._line(task) for task in shown[:SHOWN]]
        if len(shown) > SHOWN:
            lines.append(("task.more", {"n": str(len(shown) - SHOWN)}))
        offers: Offers = [
            [("button.tasks.open", {"task": str(task.id), "initials": self._initials(task)}, f"j:{task.id}::open")]
            for task in shown[:SHOWN]
        ]
        self._show("tasks.queue", {"queue": queue, "said": lines}, [*offers, _BACK])

    def _line(self, task: Task) -> tuple[str, dict[str, Any]]:
        named = {"initials": self._initials(task), "kind": {"say": desk_words.kind(task.kind)}}
        return "task.line", {**self._facts(task), **named}

    def _initials(self, task: Task) -> str:
        return who.person(self.turn.connection, task.person_id).initials if task.person_id is not None else "-"

    def _facts(self, task: Task) -> dict[str, Any]:
        owner = who.member(self.turn.connection, task.owner_id).initials if task.owner_id is not None else "-"
        days = (self.turn.now - task.created_at).days
        due = task.due_at.isoformat()
        return {"task": str(task.id), "n": str(days), "day": due, "time": due, "owner": owner}

    def show(self, change: Change, task: Task) -> None:
        """One task. Who has to know what it is about sees that on Telegram alone."""
        if self.hides(task):
            self.turn.say("tasks.closed_off", {"task": str(task.id)})
        elif self.whole:
            said = task_facts.of(change, task)
            lines: Said = [("task.about", {**self._facts(task), "initials": self._initials(task)}), *said]
            fields = {"task": str(task.id), "kind_of_task": task.kind, "said": lines}
            self._show("tasks.show", fields, [*self._verbs(change, task), *self._others(task)])
        else:
            said_of = "/".join(verb.word.replace("_", " ") for verb in verbs.of(task) if not verb.private) or "ACK"
            self._show("tasks.one", {**self._facts(task), "queue": task.queue, "word": said_of}, [])

    def _verbs(self, change: Change, task: Task) -> Offers:
        if task.owner_id not in (None, self.turn.member.id):
            return []
        offers: Offers = []
        for verb in verbs.of(task):
            if verb.asks == "proof":
                proofs = enumerate(change.council.proofs, start=1)
                offers += [[("button.task.ask", {"proof": proof}, f"j:{task.id}:p:{n}")] for n, proof in proofs]
            else:
                offers.append([(f"button.task.{verb.word}", {}, f"j:{task.id}:v:{verb.word}")])
        return offers

    def _others(self, task: Task) -> Offers:
        own = task.owner_id == self.turn.member.id
        beside: Offers = [] if own else [[("button.tasks.take", {}, f"j:{task.id}::take")]]
        if own or task.owner_id is None:
            beside.append([("button.tasks.pass", {}, f"j:{task.id}::pass")])
        return [*beside, [("button.tasks.next", {}, f"j:0:next:{task.queue}")], _BACK]

    def ended(self, string: str, task: Task, fields: dict[str, Any]) -> None:
        offers: Offers = [[("button.tasks.next", {}, f"j:0:next:{task.queue}")], _BACK] if self.whole else []
        self._show(string, {"task": str(task.id), **fields}, offers)

    def done(self, task: Task, word: str, said: str) -> None:
        """What was done with it: by its button's name where there are buttons, else by the word that was sent."""
        if self.whole:
            name = f"button.task.{verbs.find(task, word).word}"
            self.ended("tasks.pressed", task, {"said": [(name, {"proof": said})]})
        else:
            self.ended("tasks.done", task, {"word": word.casefold().replace("_", " ")})

    def number(self, task: Task, read: Number, question_id: int) -> None:
        """A new number, before it is theirs."""
        fields = {"task": str(task.id), "initials": self._initials(task), "phone": spoken(read.number)}
        offers: Offers = [
            [("button.task.number_yes", {}, f"j:{task.id}:n:{question_id}")],
            [("button.task.number_no", {}, f"j:{task.id}:v:{verbs.NEW_NUMBER}")],
            _BACK,
        ]
        self._show("tasks.number_shared" if read.shared else "tasks.number", fields, offers)

    def colleagues(self, task: Task, found: Sequence[Staff]) -> None:
        offers: Offers = [
            [("button.tasks.to", {"owner": each.initials}, f"j:{task.id}:to:{each.id}")] for each in found[:SHOWN]
        ]
        self._show("tasks.to", {"task": str(task.id)}, [*offers, _BACK])

    def heirs(self, found: Sequence[Staff]) -> None:
        offers: Offers = [[("button.tasks.to", {"owner": each.initials}, f"j:0:over:{each.id}")] for each in found[:SHOWN]]
        self._show("tasks.heirs", {}, [*offers, _BACK])

    def sure(self, heir: Staff, theirs: Sequence[Task]) -> None:
        fields = {"n": str(len(theirs)), "owner": heir.initials}
        self._show("tasks.sure", fields, [[("button.tasks.sure", fields, f"j:0:yes:{heir.id}")], _BACK])

    def handed(self, heir: Staff, given: Sequence[Task], kept: Sequence[Task]) -> None:
        fields = {"n": str(len(given)), "number": str(len(kept)), "owner": heir.initials}
        self._show("tasks.handed", fields, [_BACK])

    def _show(self, string: str, fields: dict[str, Any], offers: Offers) -> None:
        self.turn.say(string, {**fields, "buttons": offers})


_BACK: list[tuple[str, dict[str, Any], str]] = [("button.tasks", {}, "j:0::start")]


def _counted(name: str, number: int, overdue: int) -> dict[str, Any]:
    return {"what": {"say": f"task.queue.{name}"}, "n": str(number), "number": str(overdue)}
