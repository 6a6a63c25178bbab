"""Two networks that compete: one draws digits, the other tells drawn ones from real ones.

The generator turns noise into images; the discriminator says how real an image looks. Each has an
optimizer of its own, and each learns from the other's mistakes, until the drawings look real.

Goodfellow et al. (2014), Generative Adversarial Networks; Radford et al. (2016), DCGAN.
"""

import click
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track
from sklearn.datasets import load_digits

import plugtorch
from plugtorch import nn, optim
from plugtorch.utils.data import DataLoader

NOISE = 16


def make_generator():
    """Noise (n, NOISE, 1, 1) to images (n, 1, 8, 8) from -1 to 1."""
    return nn.Sequential(
        nn.ConvTranspose2d(NOISE, 64, 2, bias=False),  # 2 x 2
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False),  # 4 x 4
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),  # 8 x 8
        nn.Tanh(),
    )


def make_discriminator():
    """Images (n, 1, 8, 8) to scores (n, 1): above zero is real."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, stride=2, padding=1),  # 4 x 4
        nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, stride=2, padding=1),  # 2 x 2
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(256, 1),
    )


@click.command()
@click.option("--epochs", default=40, show_default=True, help="How often to go through the data.")
@click.option("--device", default="cpu", show_default=True, help="See `plugtorch devices`.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--log", metavar="DIR", help="Log the losses for TensorBoard.")
@click.option("--output", default="dcgan.png", show_default=True, help="The picture.")
def main(epochs, device, seed, log, output):
    """Train a generator and a discriminator on handwritten digits."""
    plugtorch.set_default_device(device)
    plugtorch.manual_seed(seed)
    digits = load_digits().images.astype("float32") / 8 - 1  # 1797 images from -1 to 1
    loader = DataLoader(plugtorch.tensor(digits[:, None]), 64, shuffle=True, drop_last=True)

    loss_fn = nn.BCEWithLogitsLoss()
    generator = make_generator()
    discriminator = make_discriminator()
    generator_optimizer = optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    discriminator_optimizer = optim.Adam(discriminator.parameters(), lr=5e-4, betas=(0.5, 0.999))
    real, drawn = plugtorch.full((64, 1), 0.9), plugtorch.zeros(64, 1)  # 0.9: never quite sure
    noise = plugtorch.randn(64, NOISE, 1, 1)  # the same for all pictures
    samples, losses = [sample(generator, noise)], []

    writer = None
    if log:
        from plugtorch.utils.tensorboard import SummaryWriter  # needs tensorboardX

        writer = SummaryWriter(log)

    for epoch in track(range(epochs), "training", console=Console(stderr=True), transient=True):
        for images in loader:
            fakes = generator(plugtorch.randn(64, NOISE, 1, 1))

            discriminator_optimizer.zero_grad()
            # detach: this step must not change the generator
            d_loss = loss_fn(discriminator(images), real)
            d_loss += loss_fn(discriminator(fakes.detach()), drawn)
            d_loss.backward()
            discriminator_optimizer.step()

            generator_optimizer.zero_grad()  # it wants its drawings to be called real
            g_loss = loss_fn(discriminator(fakes), real)
            g_loss.backward()
            generator_optimizer.step()
            losses.append((d_loss.item(), g_loss.item()))
        samples.append(sample(generator, noise))
        if writer:
            writer.add_scalar("loss/discriminator", losses[-1][0], epoch)
            writer.add_scalar("loss/generator", losses[-1][1], epoch)
    if writer:
        writer.close()

    click.echo("loss of the discriminator {:.2f}, of the generator {:.2f}".format(*losses[-1]))
    draw(losses, [samples[0], samples[len(samples) // 4], samples[-1]], output)
    return digits, samples


@plugtorch.no_grad()
def sample(generator, noise):
    """What the generator draws now, as a NumPy array (n, 8, 8)."""
    generator.eval()
    images = generator(noise)[:, 0].cpu().numpy()
    generator.train()
    return images


def draw(losses, samples, output):
    """Drawings of the start, of a quarter of the way and of the end; the losses."""
    figure = Figure(figsize=(11, 3), layout="constrained")
    *grids, curve = figure.subplots(1, 4)
    for axes, images, title in zip(grids, samples, ("at the start", "a quarter on", "at the end")):
        rows = images.reshape(8, 8, 8, 8)
        page = [[np.pad(image, 1, constant_values=-1) for image in row] for row in rows]
        axes.imshow(np.block(page), cmap="gray_r", interpolation="nearest")
        axes.set_title(title)
        axes.axis("off")
    curve.plot(losses, linewidth=0.5, label=["discriminator", "generator"])
    curve.set(xlabel="step", title="losses")
    curve.legend()
    figure.savefig(output, dpi=60)


if __name__ == "__main__":
    main()
