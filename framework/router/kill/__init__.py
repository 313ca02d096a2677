"""The kill switch: its states, what trips it, what it sweeps, and what only a person may lift."""
