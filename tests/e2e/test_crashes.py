"""SIGKILL at random moments under load: no text is lost and none comes twice; on Telegram twice only what was unknown."""

import random
import time
from pathlib import Path

from sqlalchemy import func, select

from db.schema import deliveries, notices, people
from tests.e2e.councils import STANDARD, crowd
from tests.e2e.town import Town

SMS, TELEGRAM, QUESTIONS, KILLS = 300, 12, 60, 8
SEED = 20260611
ENDS = {"sms accepted", "sms sent", "sms delivered", "telegram delivered", "telegram failed"}
WITH_PEOPLE = deliveries.join(notices, notices.c.id == deliveries.c.notice_id).join(
    people, people.c.id == notices.c.person_id
)


def test_kills_at_random_moments_lose_no_message_and_repeat_none(tmp_path: Path) -> None:
    everybody = crowd(tmp_path / "council", sms=SMS, telegram=TELEGRAM)
    texted, chatting = everybody[:SMS], everybody[SMS:]
    draw = random.Random(SEED)
    asking = draw.sample(texted, QUESTIONS)
    with Town(tmp_path, tmp_path / "council") as town:
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(*chatting)
        # Answers take a while, so that a crash finds calls in the air.
        town.phones.fault("sms", "slow", seconds=0.25, times=None, match={"method": "create"})
        town.phones.fault("telegram", "slow", seconds=0.5, times=6, match={"method": "sendMessage"})
        town.clock(STANDARD.on_eve(STANDARD.reminders_at))
        for n in range(KILLS):
            for one in asking[n::KILLS]:
                town.text(one.phone, "4")
            time.sleep(draw.uniform(0.3, 1.5))
            town.kill()
            town.start()
        town.phones.clear_faults()

        def is_settled() -> bool:
            town.two_minutes_go_by()
            return town.counts("turnup_deliveries").keys() <= ENDS and sum(answered(town).values()) == QUESTIONS

        town.wait_for(is_settled, "what was in the air is not resolved", 60)

        # What was unknown on Telegram twice is not said a third time: a person then has it as a task.
        given_up = {task["person"] for task in town.tasks() if task["kind"] == "not_reached"}
        record = dict.fromkeys((one.ref for one in everybody), 0) | told_by_the_record(town)
        asked = {one.ref for one in asking}
        told = {one.ref: 1 + (one.ref in asked or one in chatting) for one in everybody}
        assert record == {ref: times - (ref in given_up) for ref, times in told.items()}
        assert given_up <= {one.ref for one in chatting}
        book = {one.ref: len(town.thread(one.phone)) for one in texted}
        assert book == {one.ref: record[one.ref] for one in texted}
        for one in chatting:
            assert 1 <= len(town.chat(one.chat)) - 1 <= 1 + resent(town, one.ref), one.ref
        assert "of an earlier sender are unknown" in town.log.read_text(), "no crash found a call in the air"


def answered(town: Town) -> dict[str, int]:
    """A text that three crashes found waiting may have been their cause: a person takes it over, and its sender is told."""
    inbound = town.counts("turnup_inbound")
    return {state: count for state, count in inbound.items() if state in ("twilio handled", "twilio failed")}


def told_by_the_record(town: Town) -> dict[str, int]:
    """How often each person was told something, by their ref."""
    query = (
        select(people.c.ref, func.count())
        .select_from(WITH_PEOPLE)
        .where(deliveries.c.status.in_(("accepted", "sent", "delivered")))
        .group_by(people.c.ref)
    )
    with town.record.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def resent(town: Town, ref: str) -> int:
    query = select(func.sum(deliveries.c.resends)).select_from(WITH_PEOPLE).where(people.c.ref == ref)
    with town.record.read() as connection:
        return int(connection.execute(query).scalar_one())
