"""A supervisor marks who came, by text with numbers. All of a text counts, or none; the answer says what stands."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from db import access, alerts, attendance, crypto, remarked, rosters, staff_questions
from db import people as who
from db.attendance import NotMarked
from db.council import LONDON
from db.permissions import as_member
from db.rosters import Marking, Roster
from handlers import attempts, marking
from handlers.marking import Clock, Said, UnclearError
from handlers.turn import StaffTurn
from notifications import rosters as lists

LETTERS = "ABCD"  # of the sessions of a day
HOME = "home"  # the question why somebody was sent home


def by_text(turn: StaffTurn) -> bool:
    """False for a text that is not about a roster."""
    is_hurt, number = marking.hurt(turn.message.text)
    if is_hurt:
        _hurt(turn, number)
        return True
    if why := marking.WHY_HOME.get(turn.message.text.strip(" .!").casefold()):
        return answer_home(turn, why)
    try:
        said = marking.read(turn.message.text)
        if said and said.wants_list and not said.letter and turn.message.channel == "telegram":
            return show_all(turn)
        session_id = session_meant(turn, said.letter) if said else None
        if said is not None and session_id is not None:
            _act(turn, session_id, said)
    except UnclearError as unclear:
        _say_unclear(turn, unclear)
        return True
    return said is not None


def show_all(turn: StaffTurn) -> bool:
    """On Telegram the buttons of a list say which it is of, so that nobody has to be asked."""
    found = rosters.current(turn.connection, turn.member.id, now=turn.now)
    for session_id in found:
        show(turn, rosters.of_session(turn.connection, session_id))
    if not found:
        turn.say("roster.none")
    return True


def _say_unclear(turn: StaffTurn, unclear: UnclearError) -> None:
    if unclear.numbers:
        turn.say("roster.no.twice", {"numbers": list(unclear.numbers)})
    elif unclear.meant:
        turn.say("roster.no.slip", {"word": unclear.word[:12].upper(), "meant": unclear.meant.upper()})
    else:
        turn.say("roster.no.unclear")


def _hurt(turn: StaffTurn, number: int | None) -> None:
    """Somebody is hurt, or it is not safe: an urgent alert at once, about that person where it can be told who it is."""
    found = rosters.current(turn.connection, turn.member.id, now=turn.now)
    lines = [rosters.of_session(turn.connection, id_).line(number) for id_ in found] if number else []
    line = lines[0] if len(lines) == 1 else None
    alert_id = alerts.raise_alert(
        turn.connection,
        turn.council,
        "injury",
        person=who.person(turn.connection, line.person_id) if line else None,
        sender_hash=crypto.keys().hash(turn.message.address),
        inbound_id=turn.inbound_id,
        now=turn.now,
    )
    turn.say_anew("staff.hurt", {"alert": str(alert_id)}, purpose="safety")


def session_meant(turn: StaffTurn, letter: str | None = None) -> int | None:
    """The session that they can mean; None once they were told that there is none, or asked which."""
    lettered = dict(zip(LETTERS, rosters.of_the_day(turn.connection, turn.member.id, now=turn.now), strict=False))
    if letter in lettered:
        return lettered[letter]
    found = rosters.current(turn.connection, turn.member.id, now=turn.now)
    if len(found) == 1:
        return found[0]
    if not found:
        turn.say("roster.none")
        return None
    of = [(name, rosters.of_session(turn.connection, id_)) for name, id_ in lettered.items() if id_ in found]
    peopled = [roster for _, roster in of if roster.lines]
    if len(peopled) == 1:
        return peopled[0].session_id
    choices = [[name, "" if r.women_only else r.nickname, r.starts_at.isoformat()] for name, r in of]
    turn.say("roster.which", {"people": str(len(found)), "choices": choices})
    return None


def _act(turn: StaffTurn, session_id: int, said: Said) -> None:
    roster = rosters.of_session(turn.connection, session_id)
    if said.wants_list:
        show(turn, roster)
        return
    said = said.of_the_one(roster.of_one.number if roster.of_one else None)
    guarded(turn, roster, lambda: _mark(turn, roster, said))


def guarded(turn: StaffTurn, roster: Roster, act: Callable[[], None], question_id: int | None = None) -> bool:
    """What changes that roster, or what hangs on it: whole or not at all; whether it was done."""
    return attempts.whole(turn, act, question_id=question_id, unmarked=lambda refusal: refuse(turn, roster, refusal))


def _mark(turn: StaffTurn, before: Roster, said: Said) -> None:
    marks = wanted(before, said)
    attendance.require(attempts.change(turn), before, [*said.sent_home, *(one.number for one in marks)])
    roster = mark(turn, before, marks) if marks else before
    if said.done and not said.sent_home:
        finish(turn, roster, moment(roster, said.done_at))
    elif marks or not said.sent_home:
        _say_marked(turn, roster)
    if said.sent_home:
        ask_home(turn, roster, [(number, *_times(roster, said, number)) for number in said.sent_home])


def wanted(roster: Roster, said: Said) -> list[Marking]:
    """The marks that a text says, but for who was sent home and why is not known."""
    marks = [
        Marking(number, None if verb == "undo" else verb, *_times(roster, said, number))
        for number, (verb, _) in sorted(said.marks.items())
        if verb != "sent_home"
    ]
    rest = [line.number for line in roster.open if line.number not in said.marks] if said.everyone else []
    return [*marks, *(Marking(number, "attended") for number in rest)]


def _times(roster: Roster, said: Said, number: int) -> tuple[datetime | None, datetime | None]:
    return moment(roster, said.marks[number][1]), moment(roster, said.came.get(number))


def moment(roster: Roster, clock: Clock | None) -> datetime | None:
    """That time on the session's day; of two that it can mean, the one within the session."""
    if clock is None:
        return None
    day = roster.starts_at.astimezone(LONDON).date()
    possible = [datetime.combine(day, at, LONDON) for at in clock.possible()]
    return next((at for at in possible if roster.starts_at <= at <= roster.ends_at), possible[0])


def finish(turn: StaffTurn, roster: Roster, at: datetime | None) -> None:
    """With somebody unmarked it is not over: what was marked stays, and they are asked."""
    try:
        roster = attendance.finish(attempts.change(turn), roster.session_id, at)
    except NotMarked as refusal:
        if refusal.why != "unmarked":
            raise
        say_below(turn, "roster.unmarked", roster, numbers=list(refusal.numbers))
        return
    until = max((line.mark.finished_at for line in roster.lines if line.mark and line.mark.finished_at), default=turn.now)
    say_below(turn, "roster.done", roster, until=until.isoformat(), marks=roster.groups())


def _say_marked(turn: StaffTurn, roster: Roster) -> None:
    """What stands now, all of it: so a slip is seen at once."""
    marks = roster.groups()
    if not roster.lines:
        show(turn, roster)
    elif roster.open:
        say_below(turn, "roster.marked", roster, marks=marks, numbers=[line.number for line in roster.open])
    else:
        say_below(turn, "roster.changed" if roster.done_at else "roster.all_marked", roster, marks=marks)


def mark(turn: StaffTurn, before: Roster, marks: list[Marking]) -> Roster:
    """Marks them. Where somebody else had marked them otherwise it is said, and they hear of it too."""
    after = attendance.mark(attempts.change(turn), before.session_id, marks)
    for staff_id, numbers in remarked.overtaken(before, marks, turn.member.id).items():
        owner = who.member(turn.connection, staff_id).initials
        say_below(turn, "roster.overtook", before, owner=owner, marks=before.groups(numbers))
    return after


def ask_home(turn: StaffTurn, roster: Roster, sent: list[tuple[int, datetime | None, datetime | None]]) -> None:
    """Why they were sent home, which decides whether a person has to look at it. They left when it was said."""
    now = min(max(turn.now, roster.starts_at), roster.ends_at)
    went = [(number, (at or now).isoformat(), came and came.isoformat()) for number, at, came in sent]
    so_far = {"session": roster.session_id, "went": went}
    staff_questions.ask(turn.connection, turn.member.id, HOME, now=turn.now, so_far=so_far)
    buttons = [[[f"button.home_{word}", {}, f"s:{roster.session_id}:0:home_{word}"]] for word in ("behaviour", "service")]
    say_below(turn, "roster.home_why", roster, numbers=[number for number, _, _ in sent], buttons=buttons)


def answer_home(turn: StaffTurn, status: str) -> bool:
    """False where nobody asked."""
    question = staff_questions.latest(turn.connection, turn.member.id, now=turn.now)
    if question is None or question.kind != HOME:
        return False
    roster = rosters.of_session(turn.connection, question.so_far["session"])
    marks = [Marking(number, status, _read(at), _read(came)) for number, at, came in question.so_far["went"]]

    def answered() -> None:
        _say_marked(turn, mark(turn, roster, marks))

    guarded(turn, roster, answered, question.id)
    return True


def _read(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


def refuse(turn: StaffTurn, roster: Roster, refusal: NotMarked) -> None:
    if refusal.why == "not_yours":
        access.refused(turn.connection, turn.member.ref, "attendance.mark", now=turn.now, reason=roster.ref)
    say_below(turn, f"roster.no.{refusal.why}", roster, numbers=list(refusal.numbers), until=roster.ends_at.isoformat())


def say_below(turn: StaffTurn, string: str, roster: Roster, **fields: Any) -> None:
    turn.say_anew(string, {**lists.about(roster), "people": str(len(roster.lines)), **fields})


def show(turn: StaffTurn, roster: Roster) -> None:
    """The roster as it stands, on as many messages as it takes."""
    log_read(turn, roster)
    for notice in lists.list_notices(turn.council, roster, turn.member, "asked", by_text=turn.message.channel == "sms"):
        turn.say_anew(notice.string, notice.fields, purpose="roster")


def show_of(turn: StaffTurn, session_id: int | None) -> None:
    """To whoever took the alert that it is not marked, if they may mark it."""
    if session_id is not None:
        roster = rosters.of_session(turn.connection, session_id)
        if attendance.may_mark(roster, as_member(turn.member)):
            show(turn, roster)


def log_read(turn: StaffTurn, roster: Roster) -> None:
    access.log(turn.connection, turn.member.ref, "roster.read", now=turn.now, reason=roster.ref)
