"""Guesses at what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice that was most likely meant; empty where none is near."""
    by_lower = {choice.lower(): choice for choice in choices}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else ""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A question for the nearest choice; empty where none is near."""
    near = nearest(word, choices)
    return f"did you mean {near}?" if near else ""
