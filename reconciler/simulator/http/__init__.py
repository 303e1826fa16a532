"""HTTP in front of the world: routes by resource, each thin; what they answer is in the `show_` modules."""
