"""The only package that knows every stage: files → jobs → engine → judge → results."""
