"""The plugin keeps plugtorch's contracts."""

import plugtorch
from plugtorch.testing import check_plugin


def test_contracts() -> None:
    check_plugin("plugtorch-example")


def test_poly_without_its_term_is_cross_entropy() -> None:
    logits, classes = plugtorch.randn(5, 3), plugtorch.tensor([0, 2, 1, 1, 0])
    ours = plugtorch.losses.create("poly", epsilon=0.0)(logits, classes)
    assert plugtorch.allclose(ours, plugtorch.nn.functional.cross_entropy(logits, classes))


def test_every_step_of_signum_has_the_same_length() -> None:
    parameter = plugtorch.nn.Parameter(plugtorch.tensor([1.0, -2.0]))
    optimizer = plugtorch.optimizers.create("signum", [parameter], lr=0.25)
    (parameter * parameter).sum().backward()
    optimizer.step()
    assert parameter.tolist() == [0.75, -1.75]
