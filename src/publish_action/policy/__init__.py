"""The publish policy: its keys, parser, schema, location, and what it means for one project."""
