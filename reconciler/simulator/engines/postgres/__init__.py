"""The engine of `--databases postgres`: every database of the world is a PostgreSQL server of its own.

`engine` is what the world talks to. Below it: `work` starts what takes time in the background, `replicating`,
`moving` and `seeding` say what is done to servers, `server` is one of them, `workshop` the folder and the tools
that all of them share, `launching` and `binaries` how their programs are found and started.
"""
