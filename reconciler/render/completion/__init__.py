"""Scripts that make a shell complete our command lines: from a description of the commands to text, one file a shell."""
