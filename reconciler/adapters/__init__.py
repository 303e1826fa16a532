"""The edges: files, Heroku, the clock. One port each."""
