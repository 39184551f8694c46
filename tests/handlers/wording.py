# ruff: noqa: E501 (a line is a text)
"""The copy as agreed, to the letter: standard texts (S), their discreet variants (D), with their ids."""

S01 = "Hi {first}, it's {org}. We'll text about your sessions. Save this number. Reply 0 for the menu, 7 to talk to someone. Not for emergencies: call 999."
S02 = "{first}, {org}: your first session is {day}, {time}, {place}. How will you get there? Reply 1 coming, 2 can't come."
S03 = "{org}: next session {day}, {time}, {place}. Reply 1 coming, 2 can't come. Can't come? Tell us before it starts."
S05 = "Thanks. You're down for {day}, {time}, {place}. If that changes, reply 2 or call {phone}."
S06 = "Thanks for telling us. What's the main reason? A ill, B work, C caring, D appointment, E travel, F other. You don't have to give details."
S07 = "Noted. A worker will decide if your reason is accepted and tell you why. To explain or show proof, reply 7 for a call by {day}."
S10 = "OK. How late? A up to 15 min, B 15 to 30 min, C more than 30 min. We're telling the supervisor now."
S10_AHEAD = f"{S10} That's for {{day}}. Can't come? Reply 2."
S11 = "Supervisor told: {late}. Come to {place}. If no one is there, call {phone}."
S12 = (
    "Hours done: {done} of {total}. Hours left: {left}. Finish by {date}. Counted up to {date2}. Think it's wrong? Reply 7."
)
S13 = "Next session: {day}, {time}, {place}. Bring {bring}. Reply 1 coming, 2 can't come."
S14 = "You have no session booked. We'll text you when you do. To ask about it, reply 7."
S14_DONE = (
    "Your hours are done, so no session is booked. A worker will tell you what happens next. To ask about it, reply 7."
)
S14_OVER = "You have no session booked. To ask about it, reply 7."
S15 = "Which home pack? {offers}. A worker will check it suits you, then we'll text you."
S16 = "Pack asked for: {pack}. We'll text when it's ready. Hours are added once your finished work is checked."
S17 = "Your {pack} is ready. Collect from {place}, {hours}. Bring the finished work back by {day}."
S18 = "We'll ask {worker} to call you. When is OK? A morning, B afternoon, C evening, D don't call, text me. Emergency: 999."
S20 = "Reminders stopped. Your sessions still go ahead. We'll still text if one is off or moved. To stop that too text STOP ALL. To restart text START."
S20B = "All texts stopped. Your sessions still go ahead. We'll write or call instead. To restart text START."
S22 = "Reply with a number: 1 coming 2 can't come 3 late 4 hours 5 next session 6 home pack 7 talk to someone 8 more. Emergency: call 999."
S23 = "Sorry, we didn't get that. A worker will read it {when}. Reply 0 for the menu. Urgent? Call {phone}. Emergency: 999."
S21 = "Reminders paused until {day}. Your sessions still go ahead. Reply 5 any time to see the next one."
S24 = "Reply with a letter: L language, P pause, S stop reminders, M plainer texts, W when we text, D your data, F feedback."
S25 = "We hold your name, number, sessions, hours and these texts to run your sessions. For a copy, or to fix or delete something, call {phone}."
S27 = "{org}: {day} at {place} is OFF. Don't travel. You won't be marked absent. A worker will be in touch about a new date."
S28 = "{org}: your session on {day} is now {day2}, {time}, {place}. Reply 1 if that's OK, 2 if you can't come."
ON_AGAIN = "{org}: your session on {day}, {time}, {place} is ON again. Reply 1 if that's OK, 2 if you can't come."
S29 = "Sorry for the mistake. We won't text this number again."
S30 = "Sorry, we don't know this number. If we should, please call {phone}. Emergency: 999."
S31 = "Thank you for telling us. This number isn't watched all the time. If your life is in danger call 999. Samaritans 116 123, free, day or night. NHS 24: 111. Or text SHOUT to 85258. We've alerted a worker, who will contact you {when}."
S32 = "Sorry things are hard. You can talk free to Samaritans on 116 123 any time, or Breathing Space on 0800 83 85 87 (Mon-Thu 6pm-2am, Fri 6pm to Mon 6am). Urgent: 111. Danger: 999. A worker will contact you {when}."
S33 = "We got your message. Is it OK to text about this here? Reply A yes, B no. In danger now: call 999. Can't speak? Press 55 when asked."
S34 = "Scotland's Domestic Abuse Helpline is free, day and night: 0800 027 1234. A worker will contact you. You can delete these texts."
S35 = "Tell your supervisor now. If it's serious call 999. We've alerted a worker and someone will call you."
S36 = "We take this seriously. If anyone is in danger call 999 now. A worker has been alerted and will contact you."
S38 = "Sorry, we can only talk to the person this number was given for. If that's not you, reply WRONG and we won't text again."
S39 = "Sorry, we can't open pictures or voice notes here. Reply 0 for the menu or call {phone}. Emergency: 999."
S41 = "Thank you for telling us. No one here can read this until {when}. If your life is in danger call 999 now. Samaritans 116 123, free, day or night. NHS 24: 111. Or text SHOUT to 85258. A worker will contact you."
S42 = "This number isn't watched all the time. If anyone is in danger call 999. Samaritans 116 123, free, day or night."
S43 = "Are you coming on {day}, {time}? Reply 1 coming, 2 can't come."
S44 = "Texts are on again. Reply 0 for the menu."
S46 = "Thanks for telling us. A worker will contact you {when} about help with money, food or a place to stay. In danger? Call 999."
S47 = "OK. A worker will call you: {when}. If that changes, reply 7."
S49 = "How long? A 1 week, B 2 weeks, C 4 weeks. Your sessions still go ahead."
WINDOW = "When is it OK to text you? A mornings, B afternoons, C evenings, D any time."

D03 = "Reminder: {day}, {time}. Reply 1 if OK, 2 if not."
D05 = "Thanks. {day}, {time} noted."
D06 = "OK. A ill, B work, C caring, D appointment, E travel, F other?"
D07 = "Noted. A worker will be in touch."
D10 = "OK. How late? A up to 15 min, B 15 to 30 min, C more."
D10_AHEAD = f"{D10} That's for {{day}}."
D11 = "Noted: {late}."
D12 = "{done} of {total} done. {left} left."
D13 = "Next: {day}, {time}. Reply 1 if OK, 2 if not."
D17 = "It's ready. Reply 7 to arrange."
D20 = "Stopped. Text START to restart."
D20B = "All stopped. Text START to restart."
D22 = "1 yes 2 no 3 late 4 total 5 next 6 pack 7 call me 8 more"
D23 = "Sorry, not sure what you mean. Reply 0 for options or call {phone}."
D24 = "Which? L language, P pause, S stop, M plainer, W when, D data, F feedback."
D25 = "We hold your name, number and these texts. For a copy, or to fix or delete something, call {phone}."
D27 = "{day} is off. No need to go. A worker will be in touch."
D28 = "{day} is now {day2}, {time}. Reply 1 if OK, 2 if not."
ON_AGAIN_DISCREET = "{day}, {time} is on again. Reply 1 if OK, 2 if not."
D40 = "Can you call when it suits? {phone}"
D43 = "{day}, {time}: 1 if OK, 2 if not."
D44 = "On again. Reply 0 for options."

NO_PIN = (
    "We can't show that on this phone. Call 01632 960480, or we'll call: A morning, B afternoon, C evening, D don't call, "
    "text me."
)
FILLED = {
    "org": "Linnbrae", "phone": "01632 960480", "worker": "a worker", "first": "Craig", "day": "Friday 12 September",
    "time": "9:30am", "place": "Bike workshop", "bring": "work boots and lunch", "when": "by 5pm, Wednesday 10 September",
}  # fmt: skip
"""What most tests have: Craig, on Wednesday 10 September at ten, with the Bike workshop on Friday at half past nine."""


def read(copy: str, **fields: str) -> str:
    """The copy with its fields filled in."""
    return copy.format_map({**FILLED, **fields})
