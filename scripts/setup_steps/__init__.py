"""The steps of scripts/setup.py; standard library only."""
