"""A cart that learns, by trying, to drive to the middle of a line and to stop there.

Nobody says which push was right; the cart only sees rewards. REINFORCE makes the pushes of
better-than-usual rides likelier: the gradient of log p(action), times how much better.

Williams (1992), Simple statistical gradient-following algorithms for connectionist reinforcement
learning.
"""

import click
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

import plugtorch
from plugtorch import nn, optim
from plugtorch.distributions import Categorical

CARTS, TIME = 32, 40


class Carts:
    """Many carts on lines of their own; each step is a push to the left, none, or to the right."""

    def __init__(self, random):
        self.place = random.uniform(-1, 1, CARTS)
        self.speed = random.uniform(-0.1, 0.1, CARTS)

    def state(self):
        """What a cart sees: where it is and how fast, times ten; (CARTS, 2)."""
        return np.stack([self.place, 10 * self.speed], axis=1).astype("float32")

    def step(self, actions):
        """Push by actions (CARTS,) of 0, 1 or 2; the rewards: less when far from the middle."""
        self.speed = 0.98 * self.speed + 0.02 * (actions - 1)
        self.place = self.place + self.speed
        return 1 - np.minimum(np.abs(self.place), 2)


@plugtorch.no_grad()
def ride(policy, random):
    """An episode: states (TIME, CARTS, 2), actions and rewards (TIME, CARTS)."""
    carts = Carts(random)
    states, actions, rewards = [], [], []
    for _ in range(TIME):
        states.append(carts.state())
        action = Categorical(logits=policy(plugtorch.tensor(states[-1]))).sample()
        actions.append(action.cpu().numpy())
        rewards.append(carts.step(actions[-1]))
    return np.stack(states), np.stack(actions), np.stack(rewards)


@click.command()
@click.option("--epochs", default=150, show_default=True, help="Rides of all carts to learn from.")
@click.option("--device", default="cpu", show_default=True, help="See `plugtorch devices`.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--output", default="reinforce.png", show_default=True, help="The picture.")
def main(epochs, device, seed, output):
    """Train a policy with REINFORCE."""
    plugtorch.set_default_device(device)
    plugtorch.manual_seed(seed)
    random = np.random.default_rng(seed)
    policy = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 3))
    optimizer = optim.Adam(policy.parameters(), lr=0.01)
    first, returns = ride(policy, random), []
    for _ in track(range(epochs), "training", console=Console(stderr=True), transient=True):
        states, actions, rewards = ride(policy, random)
        to_come = rewards[::-1].cumsum(axis=0)[::-1]  # an action answers for what follows it
        better = to_come - to_come.mean(axis=1, keepdims=True)  # than usual at that time
        better = plugtorch.tensor((better / better.std()).astype("float32"))

        chances = Categorical(logits=policy(plugtorch.tensor(states)))
        loss = -(chances.log_prob(plugtorch.tensor(actions)) * better).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        returns.append(rewards.sum(axis=0).mean())

    click.echo(f"return {returns[0]:.1f} at first, {returns[-1]:.1f} at last, of {TIME} at most")
    draw(returns, [first[0], ride(policy, random)[0]], output)
    return returns


def draw(returns, rides, output):
    """The return of each episode; where the carts were before and after learning."""
    figure = Figure(figsize=(11, 3), layout="constrained")
    curve, *lines = figure.subplots(1, 3)
    curve.plot(returns)
    curve.set(xlabel="episode", title="mean return")
    for axes, states, title in zip(lines, rides, ("before learning", "after learning")):
        axes.plot(states[:, :, 0], linewidth=0.8, color="tab:blue", alpha=0.5)
        axes.set(xlabel="time", ylabel="place", title=title, ylim=(-3, 3))
    figure.savefig(output, dpi=60)


if __name__ == "__main__":
    main()
