"""New courses and new labs, written from the templates in this package."""
