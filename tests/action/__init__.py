"""Tests of workflows that use the action, run by act; they need a Docker daemon and run under the marker `action`."""
