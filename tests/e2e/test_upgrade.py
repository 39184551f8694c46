"""An upgrade: everything stops, the database is migrated, everything starts. What came meanwhile is answered."""

from pathlib import Path

import pytest

from tests.e2e.councils import STANDARD, crowd
from tests.e2e.town import Town

pytestmark = pytest.mark.days


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_an_upgrade_loses_no_message_and_repeats_none(tmp_path: Path, kind: str) -> None:
    texting, chatting = crowd(tmp_path / "council", sms=1, telegram=1)
    with Town(tmp_path, tmp_path / "council", kind=kind) as town:
        town.bring_in(STANDARD.imported_at.isoformat())
        town.start()
        town.link(chatting)
        said = len(town.chat(chatting.chat))
        town.text(texting.phone, "4")  # taken, and perhaps not answered before the end
        assert {code for code, _ in town.stop().values()} == {0}
        town.text(texting.phone, "5")
        town.say(chatting.chat, "My hours")
        town.must("migrate")
        town.start()
        town.wait_for(lambda: len(town.thread(texting.phone)) == 2, "a text was not answered")
        town.wait_for(lambda: len(town.chat(chatting.chat)) > said, "a message on Telegram was not answered")
        town.quiet()
        hours, session = town.thread(texting.phone)
        assert "Hours left" in hours
        assert "session" in session
        assert len(town.chat(chatting.chat)) == said + 1
