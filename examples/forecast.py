"""A recurrent network that goes on with a time series: what it says next, it hears next.

It learns to say the next value of a noisy sum of two waves. For a forecast of many steps it is
given its own answers, so that small mistakes could add up; they do not when it found the rhythm.

Cho et al. (2014) introduced its gated recurrent unit.
"""

import click
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn, optim

TRAIN, AHEAD, WINDOW = 800, 200, 100


class Forecaster(nn.Module):
    """Values (batch, length, 1) and a state to the next values and the next state."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 32, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x, state=None):
        memory, state = self.gru(x, state)
        return x + self.head(memory), state  # it says by how much the value changes


@plugtorch.no_grad()
def forecast(model, past, length):
    """The ``length`` values after ``past`` (past_length, 1)."""
    said, state = model(past[None])
    value, values = said[:, -1:], []
    for _ in range(length):
        values.append(value.item())
        value, state = model(value, state)
    return values


@click.command()
@click.option("--steps", default=500, show_default=True, help="Training steps.")
@click.option("--device", default="cpu", show_default=True, help="See `plugtorch devices`.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--output", default="forecast.png", show_default=True, help="The picture.")
def main(steps, device, seed, output):
    """Train a GRU on the past of a time series and forecast the rest."""
    plugtorch.set_default_device(device)
    plugtorch.manual_seed(seed)
    time = np.arange(TRAIN + AHEAD)
    truth = np.sin(2 * np.pi * time / 25) + 0.5 * np.sin(2 * np.pi * time / 60)
    noisy = truth + np.random.default_rng(seed).normal(0, 0.1, len(time))
    past = plugtorch.tensor(noisy[:TRAIN, None].astype("float32"))

    model = Forecaster()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    losses = []
    for _ in track(range(steps), "training", console=Console(stderr=True), transient=True):
        places = plugtorch.randint(TRAIN - WINDOW, (16, 1)) + plugtorch.arange(WINDOW)
        said, _ = model(past[places])
        loss = F.mse_loss(said, past[places + 1])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # long sequences: steep places
        optimizer.step()
        schedule.step()
        losses.append(loss.item())

    said = forecast(model, past, AHEAD)
    error = np.sqrt(np.mean((said - truth[TRAIN:]) ** 2))
    click.echo(
        f"loss {losses[0]:.3f} at first, {losses[-1]:.3f} at last; {AHEAD} steps ahead "
        f"it is off by {error:.2f} on average, the series itself by {truth.std():.2f}"
    )
    draw(losses, time, noisy, truth, said, output)
    return losses


def draw(losses, time, noisy, truth, said, output):
    """The end of what it learnt from, the truth after it, and the forecast; the loss."""
    figure = Figure(figsize=(11, 3), layout="constrained")
    series, curve = figure.subplots(1, 2, width_ratios=(3, 1))
    series.plot(time[TRAIN - 100 : TRAIN], noisy[TRAIN - 100 : TRAIN], ".", label="the past")
    series.plot(time[TRAIN:], truth[TRAIN:], "--", label="the truth")
    series.plot(time[TRAIN:], said, label="the forecast")
    series.set(xlabel="time")
    series.legend(loc="upper left", ncols=3)
    series.set_ylim(-2, 2.6)
    curve.semilogy(losses, linewidth=0.8)
    curve.set(xlabel="step", title="mean squared error")
    figure.savefig(output, dpi=60)


if __name__ == "__main__":
    main()
