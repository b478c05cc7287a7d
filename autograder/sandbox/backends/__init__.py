"""How a child is confined: a module a level."""
