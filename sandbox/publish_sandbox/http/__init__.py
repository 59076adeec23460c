"""The HTTP server that all local services share, with faults on demand."""
