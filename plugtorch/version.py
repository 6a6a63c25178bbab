"""The version of the distribution, read by the build and by ``plugtorch --version``."""

__version__ = "0.1.0"
cuda: str | None = None  # PyTorch's torch.version.cuda
