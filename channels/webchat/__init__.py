"""The chat widget on a web page: session, messages, live replies."""
