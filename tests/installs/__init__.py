"""Proof that the install lines cannot be confused: real installers, two local indexes, an attacker on one of them."""
