"""Sapa's own parts of the Rasa pipeline.

`text`, `lexicon` and `language` import nothing from Rasa, so they can be used and tested anywhere.
"""
