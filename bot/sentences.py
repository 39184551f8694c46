"""The demo's story as sentences, for a council's staff: one line a kind of event.

A new action of the access log, kind of task or purpose of a notice is one more line of SENTENCES, by its kind or by the
first word of it. What stands nowhere is told by GENERAL.
"""

# Fields: {who} a person, {by} staff, {on} " on Thursday 12 June", {due}, {channel}, {message}, {why} and what `about` holds.
# None is told nowhere: the phones show it, or another line says it better.
SENTENCES: dict[str, str | None] = {
    "said.coming": "{who} said they are coming{on}.",
    "reported.cant": "{who} said they can’t come{on}.",
    "reported.late": "{who} said they will be late{on}.",
    "hours.asked": "{who} asked how many hours are left.",
    "next.asked": "{who} asked about their next session.",
    "stopped.all": "{who} stopped all messages. That is never held against them.",
    "stopped.reminders": "{who} stopped reminders. Changes and answers still reach them.",
    "started": "{who} turned messages back on.",
    "number.suspended": "Somebody said that they are not {who}. Nothing more goes to that number.",
    "pin.right": "{who} gave the right PIN.",
    "pin.wrong": "Somebody on {who}’s phone gave a wrong PIN.",
    "pin.set": "{who} got a new PIN.",
    "invited": "A one-time code was made for {who}.",
    "linked": "A Telegram chat was linked to {who}.",
    "booked": "{by} booked {who} on a session.",
    "unbooked": "{by} took {who} off a session.",
    "session.changed": "{by} moved a session. Everybody booked hears of it.",
    "session.cancelled": "{by} called a session off. Nobody is absent from it.",
    "session.reinstated": "{by} put a session back. Everybody booked is asked again.",
    "person.read": "{by} looked at what is held about {who}.",
    "tasks.read": "{by} looked at the open tasks.",
    "alert.read": "{by} read what {who} had written.",
    "alert": None,
    "step.opened": "Alert {alert} opened about {who}{class}. A named human must answer it.",
    "step.message": "{who} wrote again; it was added to alert {alert}.",
    "step.notified": "{by} was asked to take alert {alert}.",
    "step.acknowledged": "{by} took alert {alert}. Nobody else is asked while they see to it.",
    "step.passed": "{by} passed alert {alert} on.",
    "step.unmanned": "Nobody is there to ask about alert {alert}. It stays open.",
    "step.lapsed": "Alert {alert} was taken, but no outcome came in time: the asking goes on.",
    "step.resolved": "{by} closed alert {alert}{outcome}.",
    "task.absence": "A task for {by}, due {due}: decide about {who}’s reason.",
    "task.call_back": "A task for {by}, due {due}: call {who}.",
    "task.pack_request": "A task for {by}, due {due}: {who} asks for a home pack.",
    "task.not_reached": "A task for {by}, due {due}: tell {who} another way.",
    "task.message": "A task for {by}, due {due}: a message of {who} that was not understood.",
    "task.stopped": "A task for {by}, due {due}: agree with {who} how to keep in touch.",
    "task.crisis": None,
    "task.bad_number": "A task for {by}, due {due}: {who}’s number does not work.",
    "task.telegram_blocked": "A task for {by}, due {due}: {who} blocked the bot; agree another way.",
    "task.wrong_number": "A task for {by}, due {due}: find the right number for {who}.",
    "task.channel_paused": "A task, due now: sending is held up, and somebody has to mend it.",
    "task": "A task for {by}, due {due}{about}: {task}.",
    "task_done.crisis": None,
    "task_done": "The task of {by}{about} ({task}) is closed.",
    "sent.reminder": "A reminder{on_for} went to {who} by {channel}.",
    "sent.welcome": "The welcome went to {who} by {channel}.",
    "sent.moved": "{who} was told, by {channel}, that a session has moved.",
    "sent.off": "{who} was told, by {channel}, that a session is off.",
    "sent.late": "{by} was told, by {channel}, that somebody will be late. Not why.",
    "sent.roster": "The roster{on_for} went to {by} by {channel}.",
    "sent.reply": None,
    "sent.safety": "{who} got the safety message by {channel}.",
    "sent.alert": "The alert went to {by} by {channel}.",
    "sent.link": None,
    "sent": "{message} went to {to} by {channel}.",
    "tried": "{provider} did not take {a_message} for {to}. It waits, and is tried again.",
    "unknown.sms": "Nobody knows yet whether {a_message} reached {to}. The provider’s own list will tell; it is not "
    "simply sent again.",
    "unknown.telegram": "Nobody knows whether {a_message} reached {to}, and Telegram keeps no list. What matters is said "
    "once more.",
    "unknown.for_good": "Whether {a_message} reached {to} will not be known. A human has to make sure.",
    "not_through": "{message} did not reach {to}{error}.",
    "unsaid.superseded": "{message} for {to} was taken back{why}.",
    "unsaid.undeliverable": "{message} for {to} could not be sent{why}.",
    "unsaid": "{message} for {to} was not sent{why}.",
    "hours.work": "{hours} were credited to {who} for {worked_on}.",
    "hours.adjustment": "The hours of {who}’s order were adjusted by {hours}.",
    "paused.rate": "{provider} asked us to wait. Messages are held, and none is lost.",
    "paused": "Sending by {channel} is held up: {provider} refuses us. Somebody was told.",
    "import": None,
}
GENERAL = "The record notes “{kind}”{about}, by {by}."
MANY = {
    "sent.reminder": "{people} people got a reminder: {names}.",
    "sent.moved": "{people} people were told that a session has moved: {names}.",
    "sent.off": "{people} people were told that a session is off: {names}.",
    "unsaid.suppressed": "{events} messages were not sent ({names}): {reasons}.",
    "unsaid.expired": "{events} messages were not sent ({names}): {reasons}.",
    "unsaid.superseded": None,
    "task.not_reached": "{events} tasks, due {due}: tell {names} another way.",
    "hours.work": "{people} people were credited with hours: {names}.",
    "invited": None,
    "linked": None,
}

ACTORS = {"command line": "staff (at the command line)"}
ROLES = {"case_manager": "the case manager", "coordinator": "the co-ordinator", "supervisor": "the supervisor"}
CHANNELS = {"sms": "text", "telegram": "Telegram"}
PROVIDERS = {"sms": "the text provider", "telegram": "Telegram"}
PURPOSES = {
    "reply": "an answer", "safety": "the safety message", "reminder": "a reminder", "welcome": "the welcome",
    "off": "the news that a session is off", "moved": "the news that a session has moved", "alert": "an alert",
    "late": "word of somebody late", "roster": "the roster",
}  # fmt: skip
CLASSES = {"missed": ", for a missed session", "unmarked": ": nobody has marked the roster"}
OUTCOMES = {
    "spoke": ": they spoke", "called_999": ": 999 was called", "welfare_check": ": a welfare check was asked for",
    "d": ": no risk", "no_risk": ": no risk",
}  # fmt: skip
WHY = {
    "expired": "it had lost its use by then",
    "stopped": "they stopped these messages", "suppressed": "this number stopped all messages",
    "no_contact": "this person is not to be contacted", "not_live": "this person’s messages are not switched on yet",
    "shared": "two people share that number", "not_own": "the phone is not only theirs",
    "order": "the order does not run", "no_address": "there is no number or chat for them",
    "number_suspended": "the number may be somebody else’s",
    "no_time_left": "no permitted time is left before it expires",
    "reported": "they have answered already", "newer_reminder": "a newer one says more",
    "session_changed": "the session changed", "unbooked": "they are no longer booked",
    "not_booked": "they are no longer booked",
    "booking_changed": "the booking changed", "on_again": "the session is on again",
}  # fmt: skip
ERRORS = {
    "bad_number": "the number does not work", "opted_out": "they have opted out", "blocked": "they have blocked us",
    "absent": "the phone cannot be reached", "carrier": "the network refused it", "content": "the network refused the words",
}  # fmt: skip
