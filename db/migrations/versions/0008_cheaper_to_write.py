"""What is checked and indexed while a message waits at the door"""

import re
from contextlib import suppress

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ONE_OF = re.compile(r"(\w+) IN \(('[^()]*')\)")
TEXT = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '% IN (%'")
LIVE = "(status = 'pending' OR status = 'sending' OR status = 'unknown') AND action <> 'delete'"
SETTLED, RETRIED = "state <> 'stored'", "state = 'stored' AND next_attempt_at IS NOT NULL"


def upgrade() -> None:
    op.drop_index("ix_inbound_sender_hash_received_at", table_name="inbound")
    op.create_index(
        "ix_inbound_sender_hash", "inbound", ["sender_hash", "id"],
        sqlite_where=sa.text(SETTLED), postgresql_where=sa.text(SETTLED),
    )  # fmt: skip
    op.create_index(
        "ix_inbound_retried", "inbound", ["sender_hash"],
        sqlite_where=sa.text(RETRIED), postgresql_where=sa.text(RETRIED),
    )  # fmt: skip
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("uq_deliveries_live", table_name="deliveries")
        op.create_index("uq_deliveries_live", "deliveries", ["notice_id"], unique=True, sqlite_where=sa.text(LIVE))
        _write_checks_out(op.get_bind())


def _write_checks_out(connection: sa.Connection) -> None:
    """Says the same checks without lists, by SQLite's own procedure for what leaves the rows as they are.

    One built to let nobody write there keeps the lists: they say the same, and cost time. Source: "ALTER TABLE", section 7,
    https://www.sqlite.org/lang_altertable.html.
    """
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    tables = [{"name": name, "sql": ONE_OF.sub(_each, sql)} for name, sql in connection.execute(TEXT).all()]
    with suppress(sa.exc.DatabaseError):
        connection.execute(sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"), tables)
        connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _each(found: re.Match[str]) -> str:
    column, values = found[1], found[2].split(", ")
    return found[0] if column == "NOT" else "(" + " OR ".join(f"{column} = {value}" for value in values) + ")"
