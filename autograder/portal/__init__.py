"""The portal: students submit in a browser and read their feedback a moment later.

A front door beside the command line. It stores what is submitted, has ``grading`` grade it and
``gradebook`` keep the grades, and shows the pages of ``report``. It knows no judge.
"""
