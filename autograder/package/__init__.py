"""A lab as a package for places where students submit: what grades it, without its reference."""
