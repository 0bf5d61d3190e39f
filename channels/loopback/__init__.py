"""The twin of Twilio for a machine without an account: a phone simulator in the browser."""
