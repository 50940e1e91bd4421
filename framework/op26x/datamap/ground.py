"""What the tables of the key database hold. The vault stands below this room, so they are declared here."""

KEY_DATABASE = {
    "key_slot": {
        "id": "where a key lies",
        "wrapped": "a key, wrapped by the one above it; zeros once it was destroyed",
    },
    "key_entry": {
        "organization_id": "whose key it is",
        "kind": "what it is for",
        "owner": "what is encrypted with it: the identifier of a row, or a person's blind index",
        "slot": "where it lies",
        "created_at": "when it was made",
        "expires_at": "until when it is given out",
        "destroyed_at": "when it was destroyed",
    },
}
"""By table and column. A test holds it to the tables."""
