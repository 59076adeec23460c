"""Build small distributions for rehearsals and tests."""
