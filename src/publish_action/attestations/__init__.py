"""Sign and verify attestations (PEP 740)."""
