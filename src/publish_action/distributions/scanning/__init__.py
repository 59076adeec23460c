"""Scan the contents of members for secrets and obfuscated code."""
