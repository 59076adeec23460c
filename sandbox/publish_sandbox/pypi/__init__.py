"""A local PyPI: uploads, Trusted Publishing and the read side, by the real server's rules."""
