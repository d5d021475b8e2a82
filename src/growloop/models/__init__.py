"""Candidate models: what they are, how examples are put to them, and how they answer."""
