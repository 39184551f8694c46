"""A voice note or a video. Nothing here listens to it: it is shown to the officer on Telegram, or a task asks for a call."""

from db import showing
from handlers.turn import PersonTurn


def pass_on(turn: PersonTurn) -> None:
    if turn.message.recording:
        showing.to_officer(
            turn.connection, turn.council, turn.person, "staff.recording", (turn.message.media, turn.message.recording),
            key=f"i{turn.inbound_id}", now=turn.now,
        )  # fmt: skip
