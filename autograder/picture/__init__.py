"""Charts of a training run, yours and expected: SVG for pages and notebooks, files for the rest."""
