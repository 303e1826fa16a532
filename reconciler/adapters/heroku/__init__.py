"""The Heroku client: the wire, what it shows, what it does."""
