"""Hearing: the caller's audio comes in and leaves as speech events, words and demands."""
