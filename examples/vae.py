"""A variational autoencoder: digits squeezed into a few numbers, and new digits drawn from them.

The encoder says where among the codes an image lies, as a normal distribution; the decoder draws
an image from a code. Keeping the codes close to a standard normal is what lets us draw new ones.

Kingma and Welling (2014), Auto-Encoding Variational Bayes.
"""

import click
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track
from sklearn.datasets import load_digits

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn, optim
from plugtorch.distributions import Normal, kl_divergence
from plugtorch.utils.data import DataLoader

HIDDEN, CODE = 256, 8


class VAE(nn.Module):
    """Images (n, 64) to the logits of their pixels (n, 64) and their codes' distribution."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * CODE))
        self.decoder = nn.Sequential(nn.Linear(CODE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 64))

    def forward(self, images):
        mean, log_scale = self.encoder(images).chunk(2, dim=1)
        codes = Normal(mean, log_scale.exp())
        return self.decoder(codes.rsample()), codes  # rsample: gradients go through the drawing


def loss_of(model, images):
    """Minus the evidence lower bound, per image: the drawing's error, and what the codes tell."""
    logits, codes = model(images)
    error = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    told = kl_divergence(codes, Normal(0.0, 1.0)).sum()
    return (error + told) / len(images)


@click.command()
@click.option("--epochs", default=60, show_default=True, help="How often to go through the data.")
@click.option("--device", default="cpu", show_default=True, help="See `plugtorch devices`.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--output", default="vae.png", show_default=True, help="The picture.")
def main(epochs, device, seed, output):
    """Train a variational autoencoder on handwritten digits."""
    plugtorch.set_default_device(device)
    plugtorch.manual_seed(seed)
    digits = plugtorch.tensor(load_digits().data.astype("float32") / 16)  # from 0 to 1
    train, held_out = digits[:1500], digits[1500:]
    loader = DataLoader(train, batch_size=50, shuffle=True)

    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=2e-3)
    losses = [measure(model, train, held_out)]
    for _ in track(range(epochs), "training", console=Console(stderr=True), transient=True):
        for images in loader:
            optimizer.zero_grad()
            loss_of(model, images).backward()
            optimizer.step()
        losses.append(measure(model, train, held_out))

    click.echo(f"loss on held-out digits {losses[0][1]:.2f} at first, {losses[-1][1]:.2f} at last")
    with plugtorch.no_grad():
        rebuilt = model(held_out[:64])[0].sigmoid()
        samples = model.decoder(plugtorch.randn(64, CODE)).sigmoid()
    draw(losses, [held_out[:64], rebuilt, samples], output)
    return losses


@plugtorch.no_grad()
def measure(model, *parts):
    """The loss of each part of the data."""
    return [loss_of(model, images).item() for images in parts]


def draw(losses, images, output):
    """Held-out digits, the same again from their codes, new ones; the losses."""
    figure = Figure(figsize=(11, 3), layout="constrained")
    *grids, curve = figure.subplots(1, 4)
    for axes, part, title in zip(grids, images, ("held out", "rebuilt from 8 numbers", "new")):
        rows = part.reshape(8, 8, 8, 8).cpu().numpy()
        axes.imshow(
            np.block([[np.pad(image, 1) for image in row] for row in rows]),
            cmap="gray_r",
            interpolation="nearest",
        )
        axes.set_title(title)
        axes.axis("off")
    curve.plot(losses, label=["training", "held out"])
    curve.set(xlabel="epoch", title="loss")
    curve.legend()
    figure.savefig(output, dpi=60)


if __name__ == "__main__":
    main()
