"""Keyless logins: each room trades the job's ID token for a credential of one vendor's indexes."""
