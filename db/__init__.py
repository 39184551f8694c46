"""The record: what is true, and every change of it, one file a subject."""
