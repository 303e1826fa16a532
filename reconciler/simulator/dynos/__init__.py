"""Applications that write: the dynos of the stand-in as threads that really insert rows, and what they were told.

They stand for somebody else's program: they read a database URL when they boot, know nothing of what is done to
the databases, and complain when a write is refused. What was acknowledged to them is remembered here, outside the
databases, so that afterwards nobody has to be believed.
"""
