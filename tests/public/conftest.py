"""What stands in for other packages is imported by scripts, not by tests."""

collect_ignore_glob = ["standin/*"]
