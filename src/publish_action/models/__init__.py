"""The nouns: frozen values without behaviour beyond derived properties."""
