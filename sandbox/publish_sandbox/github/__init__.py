"""A local GitHub: REST API, ID tokens and the runner's environment."""
