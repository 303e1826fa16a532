"""Carrying out a plan, step by step, through the ports of `ports.py`."""
