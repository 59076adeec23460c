"""Find, open, hash and read wheels and sdists, without judging them beyond whether it is certain what they are."""
