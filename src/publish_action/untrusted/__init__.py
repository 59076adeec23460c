"""Parse and show what others wrote: bounded, without side effects, raising only errors of its own."""
