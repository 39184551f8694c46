"""What a provider's number or sentence means for us: tables, and the four ways of reading them."""

from typing import Literal, TypeAlias

from notifications.channel import Verdict

State: TypeAlias = Literal["accepted", "sent", "delivered", "undelivered", "failed", "cancelled"]

# https://www.twilio.com/docs/api/errors, with Twilio's own titles. The same numbers come in answers to a send and in
# receipts.
TWILIO: dict[int, Verdict] = {
    20429: Verdict.BUSY,  # Too Many Requests
    21611: Verdict.RETRY,  # This 'From' number has exceeded the maximum number of queued messages
    21211: Verdict.RECIPIENT,  # Invalid 'To' Phone Number
    21217: Verdict.RECIPIENT,  # Phone number does not appear to be valid
    21401: Verdict.RECIPIENT,  # Invalid Phone Number
    21421: Verdict.RECIPIENT,  # Phone Number is invalid
    21604: Verdict.RECIPIENT,  # The destination 'To' phone number is required to send an SMS
    21614: Verdict.RECIPIENT,  # 'To' number is not a valid mobile number
    30005: Verdict.RECIPIENT,  # Unknown destination handset
    30006: Verdict.RECIPIENT,  # Landline or unreachable carrier
    30014: Verdict.RECIPIENT,  # 'To' attributes are Invalid
    30001: Verdict.ABSENT,  # Queue overflow
    30003: Verdict.ABSENT,  # Unreachable destination handset
    30008: Verdict.ABSENT,  # Unknown error
    30017: Verdict.ABSENT,  # Carrier network congestion
    30410: Verdict.ABSENT,  # Provider Timeout Error
    21610: Verdict.OPTED_OUT,  # Attempt to send to unsubscribed recipient
    21602: Verdict.CONTENT,  # Message body is required
    21617: Verdict.CONTENT,  # The concatenated message body exceeds the 1600 character limit
    21619: Verdict.CONTENT,  # Unable to create record (a text or a media URL must be given)
    30004: Verdict.CONTENT,  # Message blocked
    30007: Verdict.CONTENT,  # Message filtered
    30019: Verdict.CONTENT,  # Content size exceeds carrier limit
    30036: Verdict.EXPIRED,  # Validity Period Expired
    20003: Verdict.ACCOUNT,  # Permission Denied
    20005: Verdict.ACCOUNT,  # Account not active
    20008: Verdict.CONFIG,  # Test Credentials
    21212: Verdict.CONFIG,  # Invalid From Number (caller ID)
    21408: Verdict.CONFIG,  # Permission to send an SMS has not been enabled for the region indicated by the 'To' number
    21601: Verdict.CONFIG,  # Phone number is not a valid SMS-capable inbound phone number
    21606: Verdict.CONFIG,  # The 'From' phone number provided is not a valid message-capable Twilio phone number
    21608: Verdict.CONFIG,  # The 'to' phone number provided is not yet verified for this account
    21612: Verdict.CONFIG,  # The 'To' phone number is not currently reachable via SMS
    21701: Verdict.CONFIG,  # The Messaging Service does not exist
    21702: Verdict.CONFIG,  # The Messaging Service is not available to send new messages
    21703: Verdict.CONFIG,  # The Messaging Service does not have a phone number available to send a message
    21704: Verdict.CONFIG,  # The Messaging Service contains no phone numbers
    21705: Verdict.CONFIG,  # The Messaging Service is invalid
    21709: Verdict.CONFIG,  # Alpha Sender ID is Invalid or Not Authorized for this Messaging Service
    30002: Verdict.CONFIG,  # Account suspended
    30018: Verdict.CONFIG,  # Destination carrier requires sender ID pre-registration
    30024: Verdict.CONFIG,  # Numeric Sender ID Not Provisioned on Carrier
    30032: Verdict.CONFIG,  # Toll-Free Number Has Not Been Verified
    30041: Verdict.CONFIG,  # Message from an unregistered number sent to a United Kingdom number
}

# https://www.twilio.com/docs/messaging/api/message-resource, "status"
STATES: dict[str, State] = {
    "accepted": "accepted",
    "queued": "accepted",
    "scheduled": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "cancelled",
}

# Telegram has no numbers beyond HTTP's, so its sentences are told apart by the part that stays the same.
# https://github.com/tdlib/telegram-bot-api, Client.cpp; matched without regard to case.
TELEGRAM: dict[str, Verdict] = {
    "message is not modified": Verdict.ACCEPTED,
    "bot was blocked by the user": Verdict.RECIPIENT,
    "user is deactivated": Verdict.RECIPIENT,
    "bot can't initiate conversation": Verdict.RECIPIENT,
    "bot can't send messages to": Verdict.RECIPIENT,
    "bot was kicked": Verdict.RECIPIENT,
    "bot is not a member": Verdict.RECIPIENT,
    "chat not found": Verdict.RECIPIENT,
    "user not found": Verdict.RECIPIENT,
    "peer_id_invalid": Verdict.RECIPIENT,
    "group chat was upgraded": Verdict.RECIPIENT,
    "have no rights to send": Verdict.RECIPIENT,
    "can't parse entities": Verdict.CONTENT,
    "message is too long": Verdict.CONTENT,
    "message text is empty": Verdict.CONTENT,
    "text must be non-empty": Verdict.CONTENT,
    "message caption is too long": Verdict.CONTENT,
    "file must be non-empty": Verdict.CONTENT,
    "request entity too large": Verdict.CONTENT,
    "image_process_failed": Verdict.CONTENT,
    "photo_invalid_dimensions": Verdict.CONTENT,
    "button_data_invalid": Verdict.CONTENT,
    "reply markup is too long": Verdict.CONTENT,
    "message to edit not found": Verdict.GONE,
    "message can't be edited": Verdict.GONE,
    "message to delete not found": Verdict.GONE,
    "message can't be deleted": Verdict.GONE,
    "message_id_invalid": Verdict.GONE,
    "there is no text in the message to edit": Verdict.GONE,
}
PLAIN_TEXT_MAY_PASS = frozenset({"can't parse entities", "message is too long"})


def of_twilio(code: int | None, status: int) -> Verdict:
    """Read an answer to a send that is not a success: Twilio's code, if the body had one, and the HTTP status."""
    if status == 429 or code == 20429:
        return Verdict.BUSY
    if not 400 <= status < 500 or status == 408:
        # Twilio's page on 20500: the message may have been made all the same, and a second POST would send it twice.
        return Verdict.UNKNOWN
    if code in TWILIO:
        return TWILIO[code]
    # A code nobody listed is taken for our own fault, as CONFIG burns one recipient at most and shows itself to staff
    # when five fail; any other reading would silently give up on a person or stop everybody's messages.
    return Verdict.ACCOUNT if status in (401, 404) else Verdict.CONFIG


def of_receipt(status: str, code: str) -> tuple[State, Verdict | None]:
    """Read a receipt, or a message fetched from Twilio: the delivery's state, and why when it did not arrive.

    A code nobody listed is ABSENT: Twilio took the message, so the fault lies between it and that one phone. A status
    nobody listed is the lowest, which moves nothing, as states are only applied upward.
    """
    state = STATES.get(status, "accepted")
    if state not in ("undelivered", "failed"):
        return state, None
    return state, TWILIO.get(int(code), Verdict.ABSENT) if code.isdecimal() else Verdict.ABSENT


def telegram_reason(description: str) -> str:
    """The listed part of a description; "" when there is none. Safe to store: it never holds what Telegram quotes."""
    lowered = description.lower()
    return next((reason for reason in TELEGRAM if reason in lowered), "")


def of_telegram(status: int, description: str) -> Verdict:
    """Read a refusal: its `error_code`, and its `description`, "" when the body was not Telegram's."""
    if status == 429:
        return Verdict.BUSY
    if status in (401, 404):
        return Verdict.ACCOUNT
    if not 400 <= status < 500 or status == 408:
        return Verdict.UNKNOWN
    reason = telegram_reason(description)
    if reason:
        return TELEGRAM[reason]
    # Telegram's own "Forbidden: ..." is about this chat, whatever it adds; a proxy's 403 page is about us.
    return Verdict.RECIPIENT if description.lower().startswith("forbidden") else Verdict.CONFIG
