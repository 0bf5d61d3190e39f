"""A twin of Twilio: its HTTP interface, its limits and its bad days, on a port of this machine.

For tests, demos and drills; a shop talks to it when ``SAPA_TWILIO_API_URL`` names it. It shares no
code with the shop's own sender, so that both may be wrong in different ways only.
"""

from channels.twin.faults import Trouble
from channels.twin.ledger import Sent
from channels.twin.server import Twin

__all__ = ["Sent", "Trouble", "Twin"]
