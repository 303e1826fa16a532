"""Infrastructure as code for Heroku Postgres."""

__version__ = "0.1.0.dev0"
