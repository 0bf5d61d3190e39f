"""Rasa as it is, without what it does anew for every message: ``python -m bot.lean run …``.

What Rasa decides and answers stays the same; `make bench` says what it costs. Each module names
what it puts in the place of Rasa's own and why that is the same. Run by bot/.venv (Rasa's Python
3.10).
"""
