"""One HTTP client for all requests but uploads: bounded, timed, never redirected."""
