"""Phone numbers as people here read and dial them."""

import phonenumbers


def spoken(phone: str | None) -> str:
    """`07700 900123`; nothing for none."""
    return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.NATIONAL) if phone else ""
