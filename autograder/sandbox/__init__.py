"""Zygotes that fork one confined child a submission. Policy is data; backends are modules."""
