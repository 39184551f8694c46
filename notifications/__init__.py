"""Turns notices into sends, and makes the time-driven ones."""
