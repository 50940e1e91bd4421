"""Turns: who has the floor, what is owed to whoever has not, and how far the call has come."""
