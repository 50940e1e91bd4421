"""The connections to Anthropic."""

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from op26x.voice.vendors.connections import VendorConnections

CONNECTIONS = VendorConnections("Anthropic", "anthropic", AsyncAnthropic, DefaultAsyncHttpxClient)
