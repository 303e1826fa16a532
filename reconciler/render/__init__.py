"""Plans and events as text. Functions from values to `str`."""
