"""Tests of the image as GitHub's runner starts it; they need a Docker daemon and run under the marker `container`."""
