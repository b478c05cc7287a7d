"""Every sentence that a person reads, by code and by language."""
