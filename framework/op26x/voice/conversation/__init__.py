"""The conversation: the LLM with its services and tools, and what is said in its place."""
