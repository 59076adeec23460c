"""The command line and the action's entry: one module for each command."""
