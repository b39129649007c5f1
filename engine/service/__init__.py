"""The engine thread: snapshots and commands in, events out."""
