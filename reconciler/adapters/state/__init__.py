"""Where runs are recorded: `folder` by default, `shared` where several machines take part."""
