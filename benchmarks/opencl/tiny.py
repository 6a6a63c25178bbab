"""tinygrad under PyTorch's names, as far as the cases go, so that they need not be written twice.

tinygrad's tensors have most of PyTorch's methods; here are modules, functions and optimizers. What
is different is only the spelling: each operation is tinygrad's own.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy
from tinygrad import Context, Device, Tensor, TinyJit, nn
from tinygrad.dtype import dtypes
from tinygrad.nn.state import get_state_dict


def tensor(array: Any) -> Tensor:
    """A tensor with memory of its own. Whole numbers become int32, tinygrad's own for indices."""
    array = numpy.asarray(array)
    if array.dtype == numpy.int64:
        array = array.astype(numpy.int32)
    return Tensor(array.copy()).contiguous().realize()


def captured(work: Callable[[], Any]) -> Callable[[], Any]:
    """``work`` as TinyJit replays it, in training mode. It is captured in its second call."""
    jitted = TinyJit(work)

    def run() -> Any:
        with Context(TRAINING=1):
            return jitted()

    return run


def about() -> str:
    """Version, device and driver."""
    here = Device[Device.DEFAULT]
    words = [getattr(here, name, "") for name in ("device_name", "driver_version")]
    version = importlib.metadata.version("tinygrad")
    return f"{version} on {Device.DEFAULT} ({', '.join(word for word in words if word)})"


def load(model: Any, state: dict[str, numpy.ndarray]) -> None:
    """Give a model these weights and buffers. Raises KeyError for a name that it has not."""
    here = get_state_dict(model)
    for name, value in state.items():
        fitting = tensor(value).cast(here[name].dtype).reshape(here[name].shape)
        here[name].assign(fitting).realize()


def step(optimizer: Any, loss: Tensor, model: Any) -> None:
    """Compute new weights, running statistics and the loss together: one computed later would be
    that of the new weights.
    """
    buffers = [value for value in get_state_dict(model).values() if not value.is_param]
    loss.realize(*optimizer.schedule_step(), *buffers)


class Module:
    """What tinygrad has no class for: ``forward`` is what a call does."""

    def __init__(self) -> None: ...

    def __call__(self, *inputs: Any) -> Any:
        """What ``forward`` does."""
        return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        """What a call does."""
        raise NotImplementedError

    def register_buffer(self, name: str, value: Tensor, persistent: bool = True) -> None:
        """A tensor that is not trained."""
        setattr(self, name, value.contiguous().realize().is_param_(False))

    def parameters(self) -> Iterator[Tensor]:
        """All tensors that are trained."""
        return (value for value in get_state_dict(self).values() if value.is_param)


class Sequential(Module):
    """Modules one after the other, under the names "0", "1", ..."""

    def __init__(self, *layers: Any) -> None:
        for number, layer in enumerate(layers):
            setattr(self, str(number), layer)

    def forward(self, x: Tensor) -> Tensor:
        """One after the other."""
        for layer in vars(self).values():
            x = layer(x)
        return x


class ModuleList(Sequential):
    """Modules under the names "0", "1", ..., to go through."""

    def __init__(self, layers: Any) -> None:
        super().__init__(*layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(vars(self).values())


class LSTM(Module):
    """Layers of LSTM from their weights, under PyTorch's names; (time, batch, inputs)."""

    def __init__(self, inputs: int, width: int, layers: int) -> None:
        self.layers = layers
        for layer in range(layers):
            sizes = {"weight_ih": (4 * width, width if layer else inputs)}
            sizes |= {"weight_hh": (4 * width, width), "bias_ih": (4 * width,)}
            for name, size in {**sizes, "bias_hh": (4 * width,)}.items():
                setattr(self, f"{name}_l{layer}", Tensor.zeros(*size).contiguous().realize())

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """The outputs of the last layer."""
        for layer in range(self.layers):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            from_x, from_h, *biases = (getattr(self, f"{name}_l{layer}") for name in names)
            given = x.linear(from_x.T, biases[0] + biases[1])  # for all times at once
            c = h = Tensor.zeros(x.shape[1], from_h.shape[1])
            seen = []
            for time in range(x.shape[0]):
                i, f, g, o = (given[time] + h @ from_h.T).chunk(4, -1)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
                seen.append(h)
            x = Tensor.stack(*seen)
        return x, None


def _layer(function: Callable[..., Tensor]) -> Callable[..., Callable[[Tensor], Tensor]]:
    """A layer without weights, from its function of a tensor and options."""
    return lambda *options: lambda x: function(x, *options)


def _cross_entropy(x: Tensor, target: Tensor) -> Tensor:
    return x.sparse_categorical_crossentropy(target)


def _batch_norm(x: Tensor, mean: None, var: None, weight: Tensor, bias: Tensor, training: bool):
    """In training, as nn.BatchNorm has it; running statistics are not asked for."""
    layer = nn.BatchNorm(x.shape[1], affine=False, track_running_stats=False)
    mean_, var_ = layer.calc_stats(x)
    return x.batchnorm(weight, bias, mean_, (var_ + layer.eps).rsqrt())


def _layer_norm(x: Tensor, shape: Any, weight: Tensor, bias: Tensor) -> Tensor:
    return x.layernorm(tuple(range(-len(shape), 0))) * weight + bias


def _adam(make: Callable[..., Any]) -> Callable[..., Any]:
    def build(parameters: Any, lr: float = 1e-3, betas: Any = (0.9, 0.999), **more: Any) -> Any:
        return make(list(parameters), lr=lr, b1=betas[0], b2=betas[1], **more)

    return build


def _sgd(parameters: Any, lr: float = 1e-3, momentum: float = 0.0) -> Any:
    return nn.optim.SGD(list(parameters), lr=lr, momentum=momentum)


def namespace() -> Any:
    """What is ``torch`` to the cases."""
    functional = SimpleNamespace(
        gelu=lambda x: x.gelu("none"),
        silu=Tensor.silu,
        relu=Tensor.relu,
        softmax=lambda x, dim: x.softmax(dim),
        scaled_dot_product_attention=Tensor.scaled_dot_product_attention,
        layer_norm=_layer_norm,
        batch_norm=_batch_norm,
        cross_entropy=_cross_entropy,
        mse_loss=lambda x, y: (x - y).square().mean(),
        binary_cross_entropy_with_logits=lambda x, y: x.binary_crossentropy_logits(y),
        conv2d=lambda x, w, b, stride, padding: x.conv2d(w, b, stride=stride, padding=padding),
        max_pool2d=lambda x, size: x.max_pool2d((size, size)),
    )
    layers = SimpleNamespace(
        functional=functional,
        Module=Module,
        Sequential=Sequential,
        ModuleList=ModuleList,
        Parameter=lambda value: value.contiguous().realize(),
        Linear=nn.Linear,
        Conv2d=nn.Conv2d,
        ConvTranspose2d=nn.ConvTranspose2d,
        BatchNorm2d=nn.BatchNorm,
        LayerNorm=nn.LayerNorm,
        Embedding=nn.Embedding,
        LSTM=LSTM,
        ReLU=_layer(Tensor.relu),
        Tanh=_layer(Tensor.tanh),
        LeakyReLU=_layer(Tensor.leaky_relu),
    )
    return SimpleNamespace(
        nn=layers,
        optim=SimpleNamespace(Adam=_adam(nn.optim.Adam), AdamW=_adam(nn.optim.AdamW), SGD=_sgd),
        tensor=tensor,
        manual_seed=Tensor.manual_seed,
        arange=lambda n: Tensor.arange(n, dtype=dtypes.int32),
        ones=Tensor.ones,
        zeros=Tensor.zeros,
        randn=Tensor.randn,
        ones_like=Tensor.ones_like,
        zeros_like=Tensor.zeros_like,
    )
