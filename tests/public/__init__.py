"""Scripts that others wrote and published, run with PyTorch and with plugtorch."""
