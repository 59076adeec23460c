"""Decide where the release goes: evidence in, plan or refusal out."""
