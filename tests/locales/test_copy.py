"""The copy that was agreed, to the letter."""

import pytest

from locales import formats
from locales.catalog import Catalogs

SMS = {
    "welcome": "Hi {first}, it's {org}. We'll text about your sessions. Save this number. Reply 0 for the menu, 7 to talk "
    "to someone. Not for emergencies: call 999.",
    "reminder.first": "{first}, {org}: your first session is {day}, {time}, {place}. How will you get there? Reply 1 "
    "coming, 2 can't come.",
    "reminder.day_before": "{org}: next session {day}, {time}, {place}. Reply 1 coming, 2 can't come. Can't come? Tell us "
    "before it starts.",
    "coming.confirmed": "Thanks. You're down for {day}, {time}, {place}. If that changes, reply 2 or call {phone}.",
    "cant.reason": "Thanks for telling us. What's the main reason? A ill, B work, C caring, D appointment, E travel, F "
    "other. You don't have to give details.",
    "cant.noted": "Noted. A worker will decide if your reason is accepted and tell you why. To explain or show proof, "
    "reply 7 for a call by {day}.",
    "late.how_late": "OK. How late? A up to 15 min, B 15 to 30 min, C more than 30 min. We're telling the supervisor now.",
    "late.noted": "Supervisor told: {late}. Come to {place}. If no one is there, call {phone}.",
    "hours.left": "Hours done: {done} of {total}. Hours left: {left}. Finish by {date}. Counted up to {date2}. Think it's "
    "wrong? Reply 7.",
    "session.none": "You have no session booked. We'll text you when you do. To ask about it, reply 7.",
    "pack.which": "Which home pack? {offers}. A worker will check it suits you, then we'll text you.",
    "pack.asked": "Pack asked for: {pack}. We'll text when it's ready. Hours are added once your finished work is checked.",
    "pack.ready": "Your {pack} is ready. Collect from {place}, {hours}. Bring the finished work back by {day}.",
    "talk.when": "We'll ask {worker} to call you. When is OK? A morning, B afternoon, C evening, D don't call, text me. "
    "Emergency: 999.",
    "stop.reminders": "Reminders stopped. Your sessions still go ahead. We'll still text if one is off or moved. To stop "
    "that too text STOP ALL. To restart text START.",
    "stop.all": "All texts stopped. Your sessions still go ahead. We'll write or call instead. To restart text START.",
    "menu": "Reply with a number: 1 coming 2 can't come 3 late 4 hours 5 next session 6 home pack 7 talk to someone 8 "
    "more. Emergency: call 999.",
    "fallback": "Sorry, we didn't get that. A worker will read it {when}. Reply 0 for the menu. Urgent? Call {phone}. "
    "Emergency: 999.",
    "session.off": "{org}: {day} at {place} is OFF. Don't travel. You won't be marked absent. A worker will be in touch "
    "about a new date.",
    "session.moved": "{org}: your session on {day} is now {day2}, {time}, {place}. Reply 1 if that's OK, 2 if you can't "
    "come.",
    "session.on_again": "{org}: your session on {day}, {time}, {place} is ON again. Reply 1 if that's OK, 2 if you can't "
    "come.",
    "wrong_person.done": "Sorry for the mistake. We won't text this number again.",
    "unknown_number": "Sorry, we don't know this number. If we should, please call {phone}. Emergency: 999.",
    "wrong_person.who": "Sorry, we can only talk to the person this number was given for. If that's not you, reply WRONG "
    "and we won't text again.",
    "media": "Sorry, we can't open pictures or voice notes here. Reply 0 for the menu or call {phone}. Emergency: 999.",
    "more.menu": "Reply with a letter: L language, P pause, S stop reminders, M plainer texts, W when we text, D your data, "
    "F feedback.",
    "pause.ask": "How long? A 1 week, B 2 weeks, C 4 weeks. Your sessions still go ahead.",
    "pause.set": "Reminders paused until {day}. Your sessions still go ahead. Reply 5 any time to see the next one.",
    "data.held": "We hold your name, number, sessions, hours and these texts to run your sessions. For a copy, or to fix or "
    "delete something, call {phone}.",
    "ask.coming": "Are you coming on {day}, {time}? Reply 1 coming, 2 can't come.",
    "language.set": "OK. We'll text you in {language} from now on. Reply 8 then L to change.",
    "started": "Texts are on again. Reply 0 for the menu.",
    "call.noted": "OK. A worker will call you: {when}. If that changes, reply 7.",
    "cancel.ask": "Do you mean your next session? Reply 2. To stop texts reply STOP.",
    "feedback.ask": "How are your sessions going? A good, B OK, C bad, or tell us in a few words. You don't have to. It "
    "won't change your hours.",
    "feedback.thanks": "Thanks. That helps us make it better. It doesn't change your hours.",
    "crisis.life_risk": "Thank you for telling us. This number isn't watched all the time. If your life is in danger call "
    "999. Samaritans 116 123, free, day or night. NHS 24: 111. Or text SHOUT to 85258. We've alerted a worker, who will "
    "contact you {when}.",
    "crisis.life_risk_closed": "Thank you for telling us. No one here can read this until {when}. If your life is in "
    "danger call 999 now. Samaritans 116 123, free, day or night. NHS 24: 111. Or text SHOUT to 85258. A worker will "
    "contact you.",
    "crisis.low_mood": "Sorry things are hard. You can talk free to Samaritans on 116 123 any time, or Breathing Space on "
    "0800 83 85 87 (Mon-Thu 6pm-2am, Fri 6pm to Mon 6am). Urgent: 111. Danger: 999. A worker will contact you {when}.",
    "crisis.abuse_step_1": "We got your message. Is it OK to text about this here? Reply A yes, B no. In danger now: call "
    "999. Can't speak? Press 55 when asked.",
    "crisis.abuse_step_2": "Scotland's Domestic Abuse Helpline is free, day and night: 0800 027 1234. A worker will "
    "contact you. You can delete these texts.",
    "crisis.injury": "Tell your supervisor now. If it's serious call 999. We've alerted a worker and someone will call you.",
    "crisis.threat": "We take this seriously. If anyone is in danger call 999 now. A worker has been alerted and will "
    "contact you.",
    "crisis.unknown": "This number isn't watched all the time. If anyone is in danger call 999. Samaritans 116 123, free, "
    "day or night.",
    "crisis.hardship": "Thanks for telling us. A worker will contact you {when} about help with money, food or a place to "
    "stay. In danger? Call 999.",
}
DISCREET = {
    "reminder.first": "Reminder: {day}, {time}. Reply 1 if OK, 2 if not.",
    "reminder.day_before": "Reminder: {day}, {time}. Reply 1 if OK, 2 if not.",
    "coming.confirmed": "Thanks. {day}, {time} noted.",
    "cant.reason": "OK. A ill, B work, C caring, D appointment, E travel, F other?",
    "cant.noted": "Noted. A worker will be in touch.",
    "late.how_late": "OK. How late? A up to 15 min, B 15 to 30 min, C more.",
    "late.noted": "Noted: {late}.",
    "hours.left": "{done} of {total} done. {left} left.",
    "session.next": "Next: {day}, {time}. Reply 1 if OK, 2 if not.",
    "pack.ready": "It's ready. Reply 7 to arrange.",
    "stop.reminders": "Stopped. Text START to restart.",
    "stop.all": "All stopped. Text START to restart.",
    "ask.coming": "{day}, {time}: 1 if OK, 2 if not.",
    "started": "On again. Reply 0 for options.",
    "menu": "1 yes 2 no 3 late 4 total 5 next 6 pack 7 call me 8 more",
    "fallback": "Sorry, not sure what you mean. Reply 0 for options or call {phone}.",
    "session.off": "{day} is off. No need to go. A worker will be in touch.",
    "session.moved": "{day} is now {day2}, {time}. Reply 1 if OK, 2 if not.",
    "session.on_again": "{day}, {time} is on again. Reply 1 if OK, 2 if not.",
    "call_first": "Can you call when it suits? {phone}",
}
STAFF = {
    "alert.urgent": "Alert {alert}, urgent. Reply ACK {alert}, then open the Sessions bot or call {duty}. Not you? PASS "
    "{alert}.",
}
AGREED = [
    (context, key, text)
    for context, table in (("sms.standard", SMS), ("sms.discreet", DISCREET), ("staff.sms", STAFF))
    for key, text in table.items()
]


@pytest.mark.parametrize(("context", "key", "text"), AGREED)
def test_agreed_copy_stands_to_the_letter(context: str, key: str, text: str) -> None:
    assert Catalogs.load().entries["en_GB"][context][key].text == text


def test_the_next_session_says_what_to_bring_when_there_is_something() -> None:
    fields = {"day": "Thursday 12 June", "time": "9:30am", "place": "Coatbridge base", "bring": "work boots and lunch"}

    def said(key: str) -> str:
        return Catalogs.load().text(key, locale="en_GB", channel="sms", mode="standard", fields=fields)

    assert said("session.next") == (
        "Next session: Thursday 12 June, 9:30am, Coatbridge base. Bring work boots and lunch. Reply 1 coming, 2 can't come."
    )
    assert said("session.next_no_bring") == (
        "Next session: Thursday 12 June, 9:30am, Coatbridge base. Reply 1 coming, 2 can't come."
    )


def test_the_keyboard_has_the_agreed_words() -> None:
    words = {
        "coming": "I'm coming",
        "cant": "I can't come",
        "late": "I'll be late",
        "hours": "My hours",
        "next": "Next session",
        "pack": "Home pack",
        "talk": "Talk to someone",
        "more": "More",
    }
    for word, label in words.items():
        assert Catalogs.load().text(f"keyboard.{word}", locale="en_GB", channel="telegram", mode="discreet") == label


def test_the_second_of_two_orders_says_which() -> None:
    standard = Catalogs.load().entries["en_GB"]["sms.standard"]
    assert standard["hours.left_of"].text == "{n} of {orders}: " + standard["hours.left"].text


def test_the_languages_to_choose_from_are_those_that_are_here_in_their_order() -> None:
    here = " ".join(
        f"{formats.of(each).code} {formats.of(each).latin}" for each in formats.in_order(("ar", "pl", "gd", "en_GB"))
    )
    asked = Catalogs.load().entries["en_GB"]["sms.standard"]["language.ask"].text
    said = "Reply EN English GD Gaidhlig PL Polski AR Arabi or 7 for an interpreter"
    assert asked.format(languages=here) == said
