"""What the assistant does: a turn in, one verb of the core, a reply out."""
