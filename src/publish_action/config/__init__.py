"""The inputs of the action and the options of the command."""
