"""What of PyTorch is not here, and what to do instead: the words for errors about missing names."""

from __future__ import annotations

_COMPLEX = "there are no complex dtypes; keep real and imaginary parts in two tensors"
_QUANTIZED = "there are no quantised tensors"
_SPARSE = "sparse tensors are of the form sparse_coo_tensor makes, see docs/differences.md"
_EXPORT = "there is no exporting; save the state_dict with save(...), in a .pt file for PyTorch"
_HUB = "nothing is downloaded; build the model and load its state_dict with load(path)"
_WIDE = "whole numbers without a sign are uint8 only; use int32 or int64"
_SMALL = "the smallest floating dtypes are float16 and bfloat16"
VISION = (
    "it needs PyTorch's compiled library. Read images as NumPy arrays (sklearn.datasets, PIL), "
    "make tensors of them with from_numpy, and write transforms as functions"
)

REASONS = {
    "cdouble": _COMPLEX,
    "cfloat": _COMPLEX,
    "chalf": _COMPLEX,
    "complex": _COMPLEX,
    "complex32": _COMPLEX,
    "complex64": _COMPLEX,
    "complex128": _COMPLEX,
    "view_as_complex": _COMPLEX,
    "view_as_real": _COMPLEX,
    "polar": _COMPLEX,
    "fft": "there are no Fourier transforms",
    "stft": "there are no Fourier transforms",
    "istft": "there are no Fourier transforms",
    "uint16": _WIDE,
    "uint32": _WIDE,
    "uint64": _WIDE,
    "float8_e4m3fn": _SMALL,
    "float8_e5m2": _SMALL,
    "ao": _QUANTIZED,
    "quantization": _QUANTIZED,
    "quantize_per_tensor": _QUANTIZED,
    "qint8": _QUANTIZED,
    "quint8": _QUANTIZED,
    "qint32": _QUANTIZED,
    "sparse_csr": _SPARSE,
    "sparse_csr_tensor": _SPARSE,
    "onnx.export": _EXPORT,
    "export": _EXPORT,
    "jit.trace": _EXPORT,
    "jit.save": _EXPORT,
    "jit.load": "TorchScript files hold code; load a state_dict into a model instead",
    "cuda.FloatTensor": "there is no CUDA; make a tensor with device=...",
    "distributed.ReduceOp": "there is one process and one device",
    "multiprocessing": "tensors can be pickled; use Python's multiprocessing",
    "hub.load": _HUB,
    "hub.load_state_dict_from_url": _HUB,
    "func.grad": "use autograd.grad with create_graph=True",
    "func.jacrev": "use autograd.functional.jacobian",
    "func.hessian": "use autograd.functional.hessian",
    "func.vmap": "write the batch axis out",
    "vmap": "there are no function transforms; write the batch axis out",
    "fx": "modules are not traced",
    "package": _EXPORT,
    "mps": "there is no Metal backend; see accelerator.current_accelerator()",
    "xpu.Stream": "there is no XPU backend; see accelerator.current_accelerator()",
    "utils.cpp_extension": "kernels come with backends; see docs/plugins.md",
}

_SEE = "docs/differences.md says what is left out"


def message(name: str) -> str:
    """The words for ``torch.<name>``, dotted as deep as it goes, that plugtorch does not have.

    >>> message("complex64")[:40]
    'torch.complex64 is not in plugtorch: the'
    """
    parts = name.split(".")
    starts = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    reason = next((REASONS[start] for start in starts if start in REASONS), _SEE)
    return f"torch.{name} is not in plugtorch: {reason}."
