"""Days, times and hours as people read them, written out anew: the product's own are not asked."""

from datetime import date, datetime, time


def day(at: date | datetime) -> str:
    return f"{at:%A} {at.day} {at:%B}"


def clock_time(at: time | datetime) -> str:
    minute = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minute}{'pm' if at.hour >= 12 else 'am'}"


def hours(minutes: int) -> str:
    whole, rest = divmod(minutes, 60)
    return " ".join([f"{whole}h", f"{rest}m"] if whole and rest else [f"{whole}" if whole else f"{rest}m"])
