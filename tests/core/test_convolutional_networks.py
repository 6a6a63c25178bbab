"""Convolution, pooling and batch norm together: known values, messages, state, learning."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import ArgumentError, DTypeError, ShapeError


def test_an_edge_is_found() -> None:
    image = plugtorch.tensor([[0.0, 0.0, 1.0, 1.0]] * 3).reshape(1, 1, 3, 4)
    sobel = plugtorch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    assert F.conv2d(image, sobel.reshape(1, 1, 3, 3)).tolist() == [[[[4.0, 4.0]]]]


def test_a_convolution_is_a_sum_of_shifted_products() -> None:
    x = plugtorch.randn(2, 3, 6, 7, dtype=plugtorch.float64)
    weight = plugtorch.randn(4, 3, 2, 3, dtype=plugtorch.float64)
    total = 0
    for i in range(2):
        for j in range(3):
            shifted = x[:, :, i : i + 5, j : j + 5]
            total = total + plugtorch.einsum("nchw,oc->nohw", shifted, weight[:, :, i, j])
    assert plugtorch.allclose(F.conv2d(x, weight), total)


def test_the_three_are_adjoint() -> None:
    options: Any = {"stride": (2, 1), "padding": ((1, 0), (2, 1)), "dilation": (1, 2)}
    from plugtorch.ops import convolution as ops

    x = plugtorch.randn(2, 4, 6, 7, dtype=plugtorch.float64)
    weight = plugtorch.randn(6, 2, 3, 2, dtype=plugtorch.float64)
    y = ops.convolution(x, weight, groups=2, **options)
    g = plugtorch.randn(*y.shape, dtype=plugtorch.float64)
    ways = [
        (g * y).sum(),
        (x * ops.convolution_input(g, weight, size=(6, 7), groups=2, **options)).sum(),
        (weight * ops.convolution_weight(x, g, kernel=(3, 2), groups=2, **options)).sum(),
    ]
    assert np.allclose([float(way) for way in ways], float(ways[0]))


def test_transposed_convolution_goes_back_to_the_size() -> None:
    for size in (7, 8):
        x = plugtorch.zeros(1, 2, size, size)
        small = nn.Conv2d(2, 3, 3, stride=2, padding=1)(x)
        back = nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1)
        assert back(small, output_size=(size, size)).shape == x.shape


def test_unpooling_puts_back_what_pooling_took() -> None:
    x = plugtorch.arange(16.0).reshape(1, 1, 4, 4)
    values, places = F.max_pool2d(x, 2, return_indices=True)
    assert places.flatten().tolist() == [5, 7, 13, 15]
    assert F.max_unpool2d(values, places, 2).sum() == values.sum()
    assert F.max_unpool2d(values, places, 2)[0, 0, 3, 3] == 15


def test_a_largest_element_in_two_windows_gets_both_gradients() -> None:
    x = plugtorch.tensor([[[1.0, 5.0, 2.0]]], requires_grad=True)
    F.max_pool1d(x, 2, stride=1).sum().backward()
    assert x.grad.tolist() == [[[0.0, 2.0, 0.0]]]


def test_unfold_times_weight_is_convolution() -> None:
    x, weight = plugtorch.randn(2, 3, 6, 5), plugtorch.randn(4, 3, 3, 2)
    columns = F.unfold(x, (3, 2), padding=(2, 1), stride=2)
    product = (weight.reshape(4, -1) @ columns).reshape(2, 4, 4, 3)
    assert plugtorch.allclose(product, F.conv2d(x, weight, padding=(2, 1), stride=2), atol=1e-5)


def test_fold_counts_how_often_unfold_reads() -> None:
    ones = plugtorch.ones(1, 1, 3, 3)
    assert F.fold(F.unfold(ones, 2), (3, 3), 2)[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_batch_norm_learns_the_data_s_mean_and_variance() -> None:
    plugtorch.manual_seed(0)
    norm: Any = nn.BatchNorm2d(2)
    for _ in range(60):
        norm(plugtorch.randn(64, 2, 2, 2) * 3 + 7)
    assert norm.num_batches_tracked == 60
    assert np.allclose(norm.running_mean.tolist(), 7, atol=0.3)
    assert np.allclose(norm.running_var.tolist(), 9, atol=0.8)
    y = norm.eval()(plugtorch.randn(512, 2, 2, 2) * 3 + 7)
    assert abs(float(y.detach().mean())) < 0.1
    assert abs(float(y.detach().std()) - 1) < 0.1


def test_batch_norm_moves_no_gradient_through_its_statistics() -> None:
    norm: Any = nn.BatchNorm1d(2)
    norm(plugtorch.randn(4, 2, requires_grad=True))
    assert not norm.running_mean.requires_grad
    assert copy.deepcopy(norm).running_mean.tolist() == norm.running_mean.tolist()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: F.conv2d(plugtorch.zeros(1, 3, 5, 5), plugtorch.zeros(2, 4, 3, 3)),
            ShapeError,
            "[conv2d] input (1, 3, 5, 5) has 3 channels, but weight (2, 4, 3, 3) with 1 group(s) "
            "needs 4.",
        ),
        (
            lambda: F.conv1d(plugtorch.zeros(1, 1, 2), plugtorch.zeros(1, 1, 3)),
            ShapeError,
            "[conv1d] a kernel of (3,) with dilation (1,) reaches over 3 elements, but the input "
            "of (2,) with padding ((0, 0),) has 2. Use a smaller kernel or more padding.",
        ),
        (
            lambda: F.conv2d(
                plugtorch.zeros(1, 1, 5, 5), plugtorch.zeros(1, 1, 3, 3).to(plugtorch.float64)
            ),
            DTypeError,
            "[conv2d] got an input of",
        ),
        (
            lambda: F.conv2d(plugtorch.zeros(1, 1, 5, 5), plugtorch.zeros(1, 1, 3, 3), padding="x"),
            ArgumentError,
            "[conv2d] there is no padding 'x'",
        ),
        (
            lambda: F.max_pool2d(plugtorch.zeros(1, 1, 4, 4), 5),
            ShapeError,
            "[max_pool2d] windows of (5, 5)",
        ),
        (
            lambda: nn.BatchNorm1d(3)(plugtorch.zeros(1, 3)),
            ArgumentError,
            "[batch_norm] got one value a channel",
        ),
        (
            lambda: nn.BatchNorm2d(3)(plugtorch.zeros(2, 3, 4)),
            ShapeError,
            "[BatchNorm2d] got an input of shape (2, 3, 4), needed 4 axes.",
        ),
    ],
)
def test_what_is_wrong_is_said(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_a_small_network_learns_where_a_bar_is() -> None:
    plugtorch.manual_seed(1)
    images = plugtorch.randn(64, 1, 8, 8) * 0.3
    labels = plugtorch.randint(0, 2, (64,))
    for image, label in zip(images, labels, strict=True):
        if int(label):
            image[0, 3] += 1.0
        else:
            image[0, :, 3] += 1.0
    model = nn.Sequential(
        *[nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()],
        *[nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()],
        nn.Linear(4, 2),
    )
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(30):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = (model.eval()(images).argmax(1) == labels).sum()
    assert int(right) >= 62
