"""autocast and GradScaler against torch's: dtypes of results, gradients, the scale step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import plugtorch

# what is done with x and y, 4 by 4 matrices, and z, 2 by 4 by 8 by 8 images
FUNCTIONS: dict[str, Any] = {
    "matmul": lambda t, x, y, z: x @ y,
    "matmul, vector": lambda t, x, y, z: t.matmul(x, y[0]),
    "mm": lambda t, x, y, z: t.mm(x, y),
    "mv": lambda t, x, y, z: x.mv(y[0]),
    "bmm": lambda t, x, y, z: t.bmm(x[None], y[None]),
    "addmm": lambda t, x, y, z: t.addmm(x, x, y),
    "baddbmm": lambda t, x, y, z: t.baddbmm(x[None], x[None], y[None]),
    "addbmm": lambda t, x, y, z: t.addbmm(x, x[None], y[None]),
    "addmv": lambda t, x, y, z: t.addmv(y[0].to(x.dtype), x, y[0].to(x.dtype)),
    "einsum": lambda t, x, y, z: t.einsum("ij,jk->ik", x, y),
    "linear": lambda t, x, y, z: t.nn.functional.linear(x, y, y[0]),
    "conv1d": lambda t, x, y, z: t.conv1d(z[0, :, :, 0][None], z[:, :4, 0, :3]),
    "conv2d": lambda t, x, y, z: t.conv2d(z, z[:, :, :3, :3]),
    "conv_transpose2d": lambda t, x, y, z: t.conv_transpose2d(z, z.transpose(0, 1)[:, :, :2, :2]),
    "prelu": lambda t, x, y, z: t.prelu(x, y[0, :1]),
    "attention": lambda t, x, y, z: t.nn.functional.scaled_dot_product_attention(
        x[None], y[None], y[None]
    ),
    "softmax": lambda t, x, y, z: t.softmax(x, 1),
    "log_softmax": lambda t, x, y, z: t.nn.functional.log_softmax(x, dim=1),
    "layer_norm": lambda t, x, y, z: t.nn.functional.layer_norm(x, (4,)),
    "group_norm": lambda t, x, y, z: t.nn.functional.group_norm(z, 2),
    "exp": lambda t, x, y, z: x.exp(),
    "log": lambda t, x, y, z: t.log(x.abs() + 1),
    "pow": lambda t, x, y, z: x**2,
    "sum": lambda t, x, y, z: x.sum(),
    "mean": lambda t, x, y, z: x.mean(0),
    "prod": lambda t, x, y, z: x.prod(),
    "cumsum": lambda t, x, y, z: x.cumsum(0),
    "norm": lambda t, x, y, z: x.norm(),
    "qr": lambda t, x, y, z: t.linalg.qr(x).R,
    "inv": lambda t, x, y, z: t.linalg.inv(x),
    "solve": lambda t, x, y, z: t.linalg.solve(x, x),
    "lstsq": lambda t, x, y, z: t.linalg.lstsq(x, x).solution,
    "svdvals": lambda t, x, y, z: t.linalg.svdvals(x),
    "eigvalsh": lambda t, x, y, z: t.linalg.eigvalsh(x),
    "pinverse": lambda t, x, y, z: t.pinverse(x),
    # the dtype alone: of 16 bits PyTorch's values are of no use
    "matrix_exp": lambda t, x, y, z: t.zeros_like(t.matrix_exp(x)),
    "vecdot": lambda t, x, y, z: t.linalg.vecdot(x, y),
    "geqrf": lambda t, x, y, z: t.geqrf(x).tau,
    "trace": lambda t, x, y, z: x.trace(),
    "cdist": lambda t, x, y, z: t.cdist(x, y),
    "quantile": lambda t, x, y, z: t.quantile(x, 0.5),
    "gelu": lambda t, x, y, z: t.nn.functional.gelu(x),
    "relu": lambda t, x, y, z: x.relu(),
    "add": lambda t, x, y, z: x + y,
    "mul": lambda t, x, y, z: x * 2.0,
    "cat": lambda t, x, y, z: t.cat([x, y]),
    "stack": lambda t, x, y, z: t.stack([x, y]),
    "index_copy": lambda t, x, y, z: x.index_copy(0, t.tensor([1]), y[:1]),
    "max_pool2d": lambda t, x, y, z: t.nn.functional.max_pool2d(z, 2),
    "avg_pool2d": lambda t, x, y, z: t.nn.functional.avg_pool2d(z, 2),
    "avg_pool3d": lambda t, x, y, z: t.nn.functional.avg_pool3d(z, 2),
    "max_pool3d": lambda t, x, y, z: t.nn.functional.max_pool3d(z, 2),
    "adaptive_avg_pool3d": lambda t, x, y, z: t.nn.functional.adaptive_avg_pool3d(z, 2),
    "pad, reflect": lambda t, x, y, z: t.nn.functional.pad(z, (1, 1, 1, 1), mode="reflect"),
    "pad, replicate": lambda t, x, y, z: t.nn.functional.pad(z, (1, 1), mode="replicate"),
    "grid_sample": lambda t, x, y, z: t.nn.functional.grid_sample(
        z, z[:, 0, :, :2][:, None].tanh(), align_corners=False
    ),
    "mse": lambda t, x, y, z: t.nn.functional.mse_loss(x, y),
    "l1": lambda t, x, y, z: t.nn.L1Loss()(x, y),
    "smooth_l1": lambda t, x, y, z: t.nn.functional.smooth_l1_loss(x, y),
    "huber": lambda t, x, y, z: t.nn.HuberLoss()(x, y),
    "cross_entropy": lambda t, x, y, z: t.nn.functional.cross_entropy(x, t.tensor([0, 1, 2, 3])),
    "nll": lambda t, x, y, z: t.nn.functional.nll_loss(x, t.tensor([0, 1, 2, 3])),
    "bce": lambda t, x, y, z: t.nn.functional.binary_cross_entropy(x.sigmoid(), y.sigmoid()),
    "bce with logits": lambda t, x, y, z: t.nn.BCEWithLogitsLoss()(x, y.sigmoid()),
    "kl_div": lambda t, x, y, z: t.nn.functional.kl_div(x, y.sigmoid(), reduction="sum"),
    "cosine_embedding": lambda t, x, y, z: t.nn.functional.cosine_embedding_loss(
        x, y, t.tensor([1, -1, 1, 1])
    ),
    "triplet": lambda t, x, y, z: t.nn.functional.triplet_margin_loss(x, y, y + 1),
}
KINDS = ["bfloat16", "float16"]


def both(array: Any, kind: str = "float32") -> tuple[Any, Any]:
    mine = plugtorch.tensor(array, device="cpu").to(getattr(plugtorch, kind))
    return mine, torch.tensor(array).to(getattr(torch, kind))


def name(kind: Any) -> str:
    return str(kind).rpartition(".")[2]


@pytest.mark.parametrize("fast", KINDS)
@pytest.mark.parametrize(
    "given", [("float32",) * 2, ("16",) * 2, ("float32", "16"), ("float64",) * 2]
)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_dtypes(function: str, given: tuple[str, str], fast: str) -> None:
    generator = np.random.default_rng(0)
    kinds = [fast if kind == "16" else kind for kind in given]
    shapes = [(4, 4), (4, 4), (2, 4, 8, 8)]
    values = [
        both(generator.normal(size=shape).astype("float32"), kind)
        for shape, kind in zip(shapes, [*kinds, kinds[0]], strict=True)
    ]
    run = FUNCTIONS[function]
    with torch.autocast("cpu", getattr(torch, fast)):
        try:
            expected = run(torch, *[v[1] for v in values])
        except RuntimeError:
            pytest.skip("not in PyTorch for these dtypes")
    with plugtorch.autocast("cpu", getattr(plugtorch, fast)):
        result = run(plugtorch, *[v[0] for v in values])
    assert name(result.dtype) == name(expected.dtype)
    tolerance = 0.1 if fast == "bfloat16" else 0.02
    np.testing.assert_allclose(
        result.double().numpy(), expected.double().numpy(), rtol=tolerance, atol=tolerance
    )


def model(t: Any) -> Any:
    nn = t.nn
    return nn.Sequential(
        nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(24, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3),
    )  # fmt: skip


@pytest.mark.parametrize("fast", KINDS)
def test_a_network(fast: str) -> None:
    theirs = model(torch)
    ours = model(plugtorch).to("cpu")
    ours.load_state_dict(
        {
            key: plugtorch.tensor(value.numpy(), device="cpu")
            for key, value in theirs.state_dict().items()
        }
    )
    x = np.random.default_rng(1).normal(size=(5, 4, 8, 8)).astype("float32")
    gradients = []
    for t, net in ((plugtorch, ours), (torch, theirs)):
        data, target = t.tensor(x), t.tensor([0, 1, 2, 0, 1])
        with t.autocast("cpu", getattr(t, fast)):
            output = net(data)
            loss = t.nn.functional.cross_entropy(output, target)
        assert name(output.dtype) == fast
        assert name(loss.dtype) == "float32"
        loss.backward()
        gradients.append([p.grad for p in net.parameters()])
    for mine, other in zip(*gradients, strict=True):
        assert name(mine.dtype) == name(other.dtype) == "float32"
        size = float(other.abs().max())
        np.testing.assert_allclose(mine.numpy(), other.numpy(), atol=0.1 * size + 1e-3)


@pytest.mark.parametrize("layer", ["LSTM", "RNN", "LSTMCell", "GRUCell", "RNNCell"])
def test_recurrent_layers(layer: str) -> None:
    kinds = []
    for t in (plugtorch, torch):
        with t.autocast("cpu"):
            result = getattr(t.nn, layer)(3, 4)(t.ones(5, 3))
        kinds.append(name((result[0] if isinstance(result, tuple) else result).dtype))
    assert kinds[0] == kinds[1]


# -- GradScaler ------------------------------------------------------------------------------------

OPTIONS: list[dict[str, Any]] = [
    {},
    {"init_scale": 3.3, "growth_factor": 1.7, "backoff_factor": 0.3, "growth_interval": 2},
    {"init_scale": 2.0**127, "growth_interval": 1},
]
# factors of the loss: infinite and NaN ones have the step left out
STEPS = [1.0, 1.0, float("inf"), 1.0, 1.0, float("nan"), float("inf"), 1.0, 1.0, 1.0]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "RMSprop"])
@pytest.mark.parametrize("unscale", [False, True])
def test_scaling(options: Any, optimizer: str, unscale: bool) -> None:
    runs = []
    for t in (plugtorch, torch):
        w = t.tensor([1.0, -2.0, 0.5], requires_grad=True)
        trainer = getattr(t.optim, optimizer)([w], lr=0.1)
        scaler = t.amp.GradScaler("cpu", **options)
        states = []
        for factor in STEPS:
            trainer.zero_grad()
            loss = (w * w).sum() * factor * 1e-3
            scaler.scale(loss).backward()
            if unscale:
                scaler.unscale_(trainer)
                t.nn.utils.clip_grad_norm_([w], 0.1)
            scaler.step(trainer)
            scaler.update()
            states.append((scaler.state_dict(), w.tolist()))
        other = t.amp.GradScaler("cpu")
        other.load_state_dict(scaler.state_dict())
        assert other.state_dict() == scaler.state_dict()
        runs.append(states)
    for (mine, w), (theirs, v) in zip(*runs, strict=True):
        assert mine == theirs
        np.testing.assert_allclose(w, v, rtol=1e-5, atol=1e-6)


def test_what_scaled_losses_are() -> None:
    for kind in ("float32", "float16", "float64"):
        results = []
        for t in (plugtorch, torch):
            scaler = t.amp.GradScaler("cpu", init_scale=4.0)
            one, many = t.ones((), dtype=getattr(t, kind)), t.ones(2, dtype=getattr(t, kind))
            scaled = scaler.scale([one, (many, one)])
            parts = [scaler.scale(one), scaled[0], *scaled[1]]
            results.append([(name(p.dtype), p.tolist()) for p in parts])
            assert type(scaled) is list
            assert type(scaled[1]) is tuple
        assert results[0] == results[1]


def test_cuda_is_off_in_both() -> None:
    for t in (plugtorch, torch):
        for make in (
            lambda t=t: t.autocast("cuda"),
            lambda t=t: t.amp.GradScaler(),
            lambda t=t: t.amp.GradScaler("cuda"),
        ):
            with pytest.warns(UserWarning, match="CUDA"):
                made = make()
            assert not made._enabled
        with pytest.raises(RuntimeError):
            t.autocast("no such device")
        with pytest.raises(ValueError, match="device_type"):
            t.autocast(3)
        with pytest.warns(UserWarning, match="float16"):
            assert not t.autocast("cpu", t.int32)._enabled


def test_what_is_asked_about() -> None:
    for t in (plugtorch, torch):
        assert name(t.get_autocast_dtype("cpu")) == "bfloat16"
        assert name(t.get_autocast_dtype("cuda")) == "float16"
        assert not t.is_autocast_enabled("cpu")
        with t.autocast("cpu", dtype=t.float16) as context:
            assert context is not None
            assert t.is_autocast_enabled("cpu")
            assert not t.is_autocast_enabled("cuda")
            assert t.get_autocast_dtype("cpu") is t.float16
            with t.autocast("cpu", enabled=False):
                assert not t.is_autocast_enabled("cpu")
                assert (t.ones(2, 2) @ t.ones(2, 2)).dtype is t.float32
            assert t.is_autocast_enabled("cpu")
        assert t.get_autocast_dtype("cpu") is t.bfloat16
        assert t.is_autocast_cache_enabled()
        assert t.amp.is_autocast_available("cpu")
