import json
import time

import httpx

from tests.simulator.running import TOKEN, RunningSimulator
from tests.simulator.web import ReceivingWeb

ANN = {"name": "Ann Reid", "phone": "+447700900101", "role": "person", "note": "discreet"}
MOIRA = {"name": "Moira Lennox", "phone": "+447700900201", "role": "supervisor", "chat_id": 42, "started": True}


def test_people_get_a_chat_id_by_position_and_stand_first(simulator: RunningSimulator) -> None:
    people = simulator.people(ANN, MOIRA)
    assert [person["chat_id"] for person in people] == [700_000_001, 42]
    simulator.sms("+447700900999", "who is this")
    simulator.say(99, "hello")
    threads = simulator.get("threads")
    assert [thread["role"] for thread in threads] == ["person", "supervisor", "unknown", "unknown"]
    assert (threads[1]["telegram"]["started"], threads[2]["sms"]["count"]) == (True, 1)
    assert simulator.chat(700_000_001)["name"] == "Ann"


def test_traffic_is_recorded_raw(simulator: RunningSimulator) -> None:
    httpx.post(f"{simulator.url}/bot{TOKEN}/getMe?x=1", data={"y": "2"})
    [line] = simulator.requests(provider="telegram")
    assert (line["kind"], line["method"], line["path"]) == ("request", "POST", f"/bot{TOKEN}/getMe?x=1")
    assert (line["body"], line["status"], json.loads(line["answer"])["ok"]) == (b"y=2", 200, True)
    assert simulator.requests(since=line["n"]) == []


def test_reset_forgets_traffic_and_people_and_keeps_webhooks(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    httpx.post(f"{simulator.url}/bot{TOKEN}/setWebhook", json={"url": f"{web.url}/telegram"})
    before = simulator.say(1, "one")["update_id"]
    simulator.sms("+447700900101", "STOP")
    simulator.fault("sms", "html")
    web.wait_for("/telegram")
    simulator.reset()
    assert (simulator.book(), simulator.requests(), simulator.get("threads"), simulator.get("faults")) == ([], [], [], [])
    assert simulator.say(1, "two")["update_id"] > before
    assert [post.json["message"]["text"] for post in web.wait_for("/telegram", 2)] == ["one", "two"]


def test_what_cannot_be_is_said_so(simulator: RunningSimulator) -> None:
    post = simulator.http.post
    assert post("/sim/telegram/press", json={"chat_id": 1, "message_id": 5, "data": "x"}).status_code == 409
    assert post("/sim/telegram/message", json={"text": "x"}).status_code == 400
    assert post("/sim/call", json={"from": "+447700900101"}).status_code == 409
    assert post("/sim/config", json={"colour": "red"}).status_code == 400
    assert post("/sim/sms", content=b"{").status_code == 400
    simulator.block(1)
    assert post("/sim/telegram/message", json={"chat_id": 1, "text": "x"}).status_code == 409
    assert {simulator.http.get(f"/sim/{part}").status_code for part in ("clock", "story", "jumps")} == {404}


def test_events_tell_what_changed(simulator: RunningSimulator) -> None:
    with simulator.http.stream("GET", "/sim/events") as stream:
        lines = stream.iter_lines()
        assert "hello" in next(line for line in lines if line.startswith("data"))
        simulator.sms("+447700900101", "1")
        note = json.loads(next(line for line in lines if line.startswith("data"))[5:])
    assert (note["kind"], note["number"]) == ("sms", "+447700900101")


def test_an_open_page_does_not_keep_the_simulator_from_stopping() -> None:
    simulator = RunningSimulator().start()
    with httpx.stream("GET", f"{simulator.url}/sim/events") as stream:
        next(stream.iter_lines())
        began = time.monotonic()
        simulator.stop()
    assert time.monotonic() - began < 2


def test_the_products_clock_is_passed_on_and_dates_what_phones_show(simulator: RunningSimulator, web: ReceivingWeb) -> None:
    simulator.configure(clock_url=f"{web.url}/demo/clock")
    assert simulator.get("clock") == {"now": "2026-06-11T16:30:00+01:00"}
    simulator.sms("+447700900101", "before")
    assert simulator.post("clock", {"now": "2026-06-12T09:00:00+01:00"})["now"] == "2026-06-12T09:00:00+01:00"
    simulator.sms("+447700900101", "after")
    shown = [text["shown_at"][:13] for text in simulator.thread("+447700900101")]
    assert shown == ["2026-06-11T15", "2026-06-12T08"]
