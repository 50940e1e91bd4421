"""The call itself: the switchboard takes it, a session runs it, a conversation thinks."""
