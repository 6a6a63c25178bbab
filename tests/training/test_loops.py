"""The training loops that people write, word for word, on the real thing."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.utils.data import DataLoader, TensorDataset


def spiral(count=240):
    """Two arms of a spiral: not separable by a line."""
    plugtorch.manual_seed(0)
    arm = plugtorch.arange(count) % 2
    turn = plugtorch.rand(count) * 6 + 1
    angle = turn + arm * 3.14159
    points = plugtorch.stack([turn * angle.cos(), turn * angle.sin()], 1) / 7
    return points + plugtorch.randn(count, 2) * 0.01, arm


def network(inputs=2, outputs=2, width=32):
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.Tanh(),
        nn.Linear(width, width),
        nn.Tanh(),
        nn.Linear(width, outputs),
    )


def test_the_seven_line_loop():
    inputs, targets = spiral()
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=48, shuffle=True)
    model = network()
    loss_function = nn.CrossEntropyLoss()
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        for x, y in loader:
            prediction = model(x)
            loss = loss_function(prediction, y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    right = (model(inputs).argmax(1) == targets).float().mean().item()
    assert right > 0.98


def test_the_loop_over_numpy_batches_with_zero_grad_on_the_module():
    rng = np.random.default_rng(0)
    slope = rng.standard_normal((5, 1)).astype(np.float32)
    model = nn.Linear(5, 1)
    optimizer = plugtorch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    for _ in range(100):
        batch = rng.standard_normal((32, 5)).astype(np.float32)
        x = plugtorch.tensor(batch)
        y = plugtorch.from_numpy(batch @ slope).to(x.device)
        model.zero_grad()
        loss = plugtorch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    assert np.allclose(model.weight.detach().cpu().numpy(), slope.T, atol=1e-3)


def test_two_optimizers_on_two_models_over_the_same_data():
    """The shape of a GAN: each model's step leaves the other's parameters and state alone."""
    plugtorch.manual_seed(1)
    real = plugtorch.randn(256, 1) * 0.5 + 3.0
    generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    critic = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
    generator_optimizer = plugtorch.optim.Adam(generator.parameters(), lr=0.01)
    critic_optimizer = plugtorch.optim.RMSprop(critic.parameters(), lr=0.005)
    loss_function = nn.BCEWithLogitsLoss()
    one, zero = plugtorch.ones(64, 1), plugtorch.zeros(64, 1)
    for step in range(400):
        batch = real[(step % 4) * 64 : (step % 4 + 1) * 64]
        made = generator(plugtorch.randn(64, 4))

        before = [p.detach().clone() for p in generator.parameters()]
        critic_optimizer.zero_grad()
        loss = loss_function(critic(batch), one) + loss_function(critic(made.detach()), zero)
        loss.backward()
        critic_optimizer.step()
        assert all((a == b).all() for a, b in zip(before, generator.parameters(), strict=True))

        before = [p.detach().clone() for p in critic.parameters()]
        generator_optimizer.zero_grad()
        loss_function(critic(made), one).backward()
        generator_optimizer.step()
        assert all((a == b).all() for a, b in zip(before, critic.parameters(), strict=True))
    made = generator(plugtorch.randn(1000, 4))
    assert abs(made.mean().item() - 3.0) < 1.5  # from about 0; a small GAN circles its goal


@pytest.mark.parametrize("cell", ["RNNCell", "LSTMCell", "GRUCell"])
def test_one_recurrent_cell_over_many_time_steps(cell):
    """Remember the first of eight numbers: the gradient must come back through every use of the
    cell.
    """
    plugtorch.manual_seed(0)
    recurrent = getattr(nn, cell)(1, 16)
    readout = nn.Linear(16, 1)
    parameters = [*recurrent.parameters(), *readout.parameters()]
    optimizer = plugtorch.optim.Adam(parameters, lr=0.03)

    def run(sequence):
        state = None
        for step in range(sequence.shape[1]):
            state = recurrent(sequence[:, step], state)
        return readout(state[0] if isinstance(state, tuple) else state)

    losses = []
    for _ in range(200):
        sequence = plugtorch.randn(32, 8, 1)
        sequence[:, 1:] *= 0.1
        loss = (run(sequence) - sequence[:, 0]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.25 * np.mean(losses[:10])


def resident():
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def test_ten_thousand_steps_do_not_grow_the_process():
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = plugtorch.randn(16, 8), plugtorch.randn(16, 1)

    def steps(count):
        for _ in range(count):
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    steps(500)
    gc.collect()
    gc.disable()  # what only the collector would find would show as growth
    try:
        objects, before = len(gc.get_objects()), resident()
        steps(10_000)
        assert resident() - before < 2 << 20
        assert len(gc.get_objects()) - objects < 200
    finally:
        gc.enable()


def test_a_graph_is_freed_when_its_loss_is():
    model = network()
    gc.disable()
    try:
        loss = model(plugtorch.randn(4, 2)).sum()
        nodes = [weakref.ref(loss.grad_fn)]
        node = loss.grad_fn
        while node is not None:
            nodes.append(weakref.ref(node))
            node = next(
                (
                    p
                    for p, _ in node.next_functions
                    if p is not None and hasattr(p, "next_functions")
                ),
                None,
            )
        assert len(nodes) > 4
        del loss, node
        assert all(ref() is None for ref in nodes)
    finally:
        gc.enable()
