"""What both sides of the wall share: jobs that go in, traces that come out, and their codec."""
