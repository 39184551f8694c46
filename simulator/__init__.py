"""Stand-ins for api.telegram.org and api.twilio.com, with a page of phones to play every part."""
