"""Starts, watches and stops every process of Sapa on one machine (``sapa up``)."""
