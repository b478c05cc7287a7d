"""Name the mistake behind what was observed, or say where it departs from the reference."""
