"""Conversations: understand one message, change the record, say something. One file a flow."""
