"""A month of the shop in minutes: its own verbs, its own jobs, and an audit at the end."""

from channels.simulation.month import Outcome, run
from channels.simulation.world import Plan

__all__ = ["Outcome", "Plan", "run"]
