"""Upload a release and prove that the index has it."""
