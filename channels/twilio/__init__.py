"""Twilio: SMS and WhatsApp in by webhook, out by its REST API."""
