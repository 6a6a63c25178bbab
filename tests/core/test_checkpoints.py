"""A training that goes on from a file is, bit for bit, the one that never stopped."""

import io

import pytest

import plugtorch
from plugtorch import nn, optim
from plugtorch.optim.lr_scheduler import CosineAnnealingLR, MultiStepLR, OneCycleLR
from plugtorch.utils.data import DataLoader, RandomSampler, TensorDataset, WeightedRandomSampler

SCHEDULES = {
    "multi_step": lambda o: MultiStepLR(o, [1, 3], gamma=0.5),
    "cosine": lambda o: CosineAnnealingLR(o, 4),
    "one_cycle": lambda o: OneCycleLR(o, max_lr=0.05, total_steps=40),
}
SAMPLERS = {
    "shuffle": lambda data, g: {"shuffle": True, "generator": g},
    "random": lambda data, g: {"sampler": RandomSampler(data, replacement=True, generator=g)},
    "weighted": lambda data, g: {
        "sampler": WeightedRandomSampler([1.0, 2.0] * 10, 20, generator=g)
    },
}


class Training:
    def __init__(self, optimizer, schedule, sampler):
        data = TensorDataset(plugtorch.randn(20, 3), plugtorch.randn(20, 1))
        self.generator = plugtorch.Generator().manual_seed(5)
        self.loader = DataLoader(data, batch_size=6, **SAMPLERS[sampler](data, self.generator))
        self.model = nn.Sequential(
            nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.4), nn.Linear(8, 1)
        )
        self.optimizer = getattr(optim, optimizer)(self.model.parameters(), lr=0.01)
        self.scheduler = SCHEDULES[schedule](self.optimizer)

    def epochs(self, count):
        losses = []
        for _ in range(count):
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = nn.functional.mse_loss(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            self.scheduler.step()
        return losses

    def state(self):
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "order": self.generator.get_state(),
            "random": plugtorch.get_rng_state(),
        }

    def load(self, state):
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.generator.set_state(state["order"])
        plugtorch.set_rng_state(state["random"])


@pytest.mark.parametrize("format", ["safetensors", "torch"])
@pytest.mark.parametrize(
    ("optimizer", "schedule", "sampler"),
    [
        ("Adam", "multi_step", "shuffle"),
        ("AdamW", "one_cycle", "random"),
        ("SGD", "cosine", "weighted"),
        ("RMSprop", "cosine", "shuffle"),
    ],
)
def test_going_on_is_as_if_it_had_never_stopped(optimizer, schedule, sampler, format):
    plugtorch.manual_seed(1)
    training = Training(optimizer, schedule, sampler)
    before = training.epochs(2)
    file = io.BytesIO()
    plugtorch.save(training.state(), file, format=format)
    expected = training.epochs(3)
    assert before != expected[: len(before)]

    plugtorch.manual_seed(1)
    other = Training(optimizer, schedule, sampler)  # the same data, other weights by and by
    other.epochs(1)
    file.seek(0)
    other.load(plugtorch.load(file))
    assert other.epochs(3) == expected
    for a, b in zip(other.model.state_dict().values(), training.model.state_dict().values()):
        assert a.tolist() == b.tolist()
