"""GitHub: the run's context, its event, the REST API, ID tokens, the repository's visibility."""
