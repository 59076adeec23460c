"""A Sigstore on loopback: certificate authority, CT log, transparency log and the trust configuration for clients."""
