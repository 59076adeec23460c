"""Check distributions, each rule a function from contents to findings, and decide how much a finding counts."""
