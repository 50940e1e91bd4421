"""The connections to Anthropic."""

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from op26x.voice.vendor_connections import VendorConnections

CONNECTIONS = VendorConnections("Anthropic", "anthropic", AsyncAnthropic, DefaultAsyncHttpxClient)
