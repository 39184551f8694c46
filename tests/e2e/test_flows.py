"""Every flow of the conversation over HTTP: by text and on Telegram, each in plain words and in discreet ones.

`flows.toml` holds what is said and what is answered. Four people walk each flow at the same time, one for each.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from db.schema import people as people_rows
from db.schema import tasks
from tests.e2e.councils import COLUMNS, STANDARD, Files, Person, crowd, minute
from tests.e2e.town import Town

FLOWS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("flows.toml").read_text(encoding="utf-8"))
HALF = 2 * len(FLOWS)
COURSE = [
    "PL9",
    "Skills hour",
    "Skills hour",
    "other_activity",
    "2 High Street",
    "ZZ1 1AB",
    "",
    "",
    "",
    "S1",
    "north",
    "no",
    "",
]
PACK = ["HP01", "Bird boxes", "unpaid_work", "240", "9", "Wood workshop", "14", "Six boxes to a pack."]
RANT = "see this place it is a pure joke and naebody listens tae a word a say " * 56
SOON = STANDARD.imported_at.replace(tzinfo=None) + timedelta(hours=1)


def of_flow(people: list[Person], name: str) -> list[Person]:
    """By text in plain words and in discreet ones, then the same on Telegram."""
    at = 2 * list(FLOWS).index(name)
    return people[at : at + 2] + people[HALF + at : HALF + at + 2]


def arranged(files: Files) -> None:
    """Every second person is discreet, and each flow finds its people as it says."""
    columns = {name: COLUMNS[name].split(",") for name in files}
    for row in files["people"][1::2]:
        row[columns["people"].index("mode")] = "discreet"
    files["packs"] = [PACK]
    files["placements"].append(COURSE)
    files["sessions"].append(["SOON", "PL1", minute(SOON), minute(SOON + timedelta(hours=3)), "", "", "planned"])
    refs = [row[0] for row in files["people"]]
    for name, flow in FLOWS.items():
        at = 2 * list(FLOWS).index(name)
        theirs = [*refs[at : at + 2], *refs[HALF + at : HALF + at + 2]]
        for kind, of, prefix in (("people", 0, ""), ("orders", 1, ""), ("hours", 1, "O-")):
            for row in (row for row in files[kind] if row[of] in [prefix + ref for ref in theirs]):
                for column, value in flow.get(kind, {}).items():
                    row[columns[kind].index(column)] = value
        if "second_order" in flow:
            files["orders"] += [[f"O2-{ref}", ref, *flow["second_order"]] for ref in theirs]
        if flow.get("booked") == "soon":
            files["bookings"] += [["SOON", ref, f"O-{ref}", "booked"] for ref in theirs]
        elif flow.get("booked") == "nothing":
            files["bookings"] = [row for row in files["bookings"] if row[1] not in theirs]


def answered(town: Town, four: list[Person], step: dict[str, Any]) -> list[list[str]]:
    """What comes to each of the four: new texts, and what is new or reads otherwise in a chat."""
    by_text, chatting = four[:2], four[2:]
    texts = [len(town.thread(one.phone)) for one in by_text]
    chats = [town.chat(one.chat) for one in chatting]
    if "staff" in step:
        town.ask(*(step["staff"].format(ref=one.ref) for one in four))
    else:
        text = (RANT if step.get("rant") else "") + step["text"]
        for one in by_text:
            town.text(one.phone, text, picture="media" in step)
        for n, one in enumerate(chatting):
            if "tap" in step:
                town.press(one.chat, step["tap"][n])
            else:
                town.say(one.chat, step.get("say", text), **dict.fromkeys(step.get("media", "").split(), True))
    town.quiet()
    new = [town.thread(one.phone)[seen:] for one, seen in zip(by_text, texts, strict=True)]
    for one, before in zip(chatting, chats, strict=True):
        now = town.chat(one.chat)
        new.append([text for at, text in enumerate(now) if before[at : at + 1] != [text]])
    return new


def open_tasks(town: Town, one: Person) -> list[str]:
    """Their kinds, with the class where there is one."""
    query = (
        select(tasks.c.kind, tasks.c["class"])
        .join(people_rows, people_rows.c.id == tasks.c.person_id)
        .where(people_rows.c.ref == one.ref, tasks.c.status == "open")
    )
    with town.record.read() as connection:
        return sorted(" ".join(part for part in row if part) for row in connection.execute(query))


def differs(town: Town, name: str, four: list[Person]) -> list[str]:
    """Where a flow goes otherwise than it is written."""
    flow, wrong = FLOWS[name], []
    for n, step in enumerate(flow["steps"]):
        expected = [*step["texts"], *step["chats"]]
        said = answered(town, four, step)
        wrong += [
            f"{name}, step {n}: {heard}, not {meant}" for heard, meant in zip(said, expected, strict=True) if heard != meant
        ]
    stand = [open_tasks(town, one) for one in four]
    return wrong if stand == flow["tasks"] * (4 // len(flow["tasks"])) else [*wrong, f"{name}: the tasks are {stand}"]


def test_every_flow_on_both_channels_in_both_modes(tmp_path: Path) -> None:
    people = crowd(tmp_path / "council", sms=HALF, telegram=HALF, stop="ours", change=arranged)
    with Town(tmp_path, tmp_path / "council", simulator={"keywords": False}) as town:
        town.keep_private(one.phone for one in people)
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(*people[HALF:])
        assert [line for name in FLOWS for line in differs(town, name, of_flow(people, name))] == []
