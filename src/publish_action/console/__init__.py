"""Where text goes: the Actions runner or a terminal, and upload progress."""
