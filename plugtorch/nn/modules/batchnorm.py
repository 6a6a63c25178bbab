"""Normalisation by batch, with the base class that scripts ask ``isinstance`` for."""

from plugtorch.nn.channels import BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm, _BatchNorm

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "_BatchNorm"]
