"""Scripts are run by tests, each in a process of its own; there is nothing to collect here."""

collect_ignore_glob = ["*.py"]
