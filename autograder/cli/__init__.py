"""The command line: one module a command, no logic. Only here is the environment read."""
