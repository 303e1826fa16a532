"""A local Heroku to plan against, rehearse on and test with: Platform API and Data API over a world made of data.

It never knows about `reconcile`. One request goes this way: `http` reads it, lets the world catch up with the
clock (`world.agenda`), asks one of the subjects in `world` to answer or to change something, and shows the
result. What a database *is* lies behind `engines`. Time comes from a `clock.Clock` and from nowhere else;
every id, name and password from the scenario's seed.
"""
