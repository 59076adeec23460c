"""Private indexes: real servers, and hosted services played from recorded answers."""
