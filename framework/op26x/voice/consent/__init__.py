"""Consent in the call: announcement, assent, the recording and the caller's word."""
