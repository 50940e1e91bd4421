"""Vendors: the services of one call, and what plugins of vendors' services share."""
