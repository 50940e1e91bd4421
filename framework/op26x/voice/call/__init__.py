"""The call itself: the switchboard takes it, a session runs it from its opening to its end."""
