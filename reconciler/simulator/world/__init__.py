"""The world: what exists on the stand-in, one subject a module, and what time does to it."""
