"""PyTorch's own samples of calls (OpInfo), given to PyTorch and to plugtorch."""
