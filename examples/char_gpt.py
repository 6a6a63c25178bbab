"""A small GPT that learns to write English, letter by letter, from Python's own documentation.

A transformer reads the letters so far and says how likely each letter is to come next. All places
of a text are trained at once: a mask keeps each from seeing what comes after it.

Vaswani et al. (2017), Attention Is All You Need; Radford et al. (2019), the GPT-2 report.
"""

import textwrap
from pathlib import Path
from pydoc_data.topics import topics

import click
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn, optim

BATCH, CONTEXT, WIDTH, HEADS, DEPTH = 32, 32, 64, 4, 2


class Block(nn.Module):
    """Every letter asks the earlier ones what matters, then thinks about it by itself."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.think = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.ReLU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x):
        batch, length, _ = x.shape
        # three of (batch, HEADS, length, WIDTH / HEADS)
        qkv = self.qkv(self.norm1(x)).reshape(batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.think(self.norm2(x))


class GPT(nn.Module):
    """Letters (batch, length) to the scores of what comes next (batch, length, letters)."""

    def __init__(self, letters):
        super().__init__()
        self.letter = nn.Embedding(letters, WIDTH)
        self.place = nn.Embedding(CONTEXT, WIDTH)
        for table in (self.letter, self.place):
            nn.init.normal_(table.weight, std=0.1)  # so that what the blocks add counts
        self.blocks = nn.Sequential(*[Block() for _ in range(DEPTH)])
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, letters)

    def forward(self, x):
        x = self.letter(x) + self.place(plugtorch.arange(x.shape[1]))
        return self.head(self.norm(self.blocks(x)))


@plugtorch.no_grad()
def write(model, start, length):
    """``length`` more letters after ``start``, a list of letters' numbers."""
    written = list(start)
    for _ in range(length):
        scores = model(plugtorch.tensor([written[-CONTEXT:]]))[0, -1]
        written.append(plugtorch.multinomial((scores / 0.7).softmax(-1), 1).item())
    return written


@click.command()
@click.option("--text", type=click.Path(exists=True, path_type=Path), help="Learn from this file.")
@click.option("--steps", default=800, show_default=True, help="Training steps.")
@click.option("--length", default=500, show_default=True, help="Letters to write at the end.")
@click.option("--device", default="cpu", show_default=True, help="See `plugtorch devices`.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--output", default="char_gpt.png", show_default=True, help="The picture.")
def main(text, steps, length, device, seed, output):
    """Train a GPT on text; write some."""
    plugtorch.set_default_device(device)
    plugtorch.manual_seed(seed)
    text = text.read_text(encoding="utf-8") if text else " ".join(topics["types"].split())
    letters = sorted(set(text))
    numbers = {letter: number for number, letter in enumerate(letters)}
    data = plugtorch.tensor([numbers[letter] for letter in text])

    model = GPT(len(letters))
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
    losses = []
    for _ in track(range(steps), "training", console=Console(stderr=True), transient=True):
        places = plugtorch.randint(len(data) - CONTEXT, (BATCH, 1)) + plugtorch.arange(CONTEXT)
        scores = model(data[places])
        loss = F.cross_entropy(scores.flatten(0, 1), data[places + 1].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())

    sample = "".join(letters[number] for number in write(model, [numbers[text[0]]], length))
    click.echo(f"loss {losses[0]:.2f} at first, {losses[-1]:.2f} at last\n{sample}")
    draw(losses, sample, output)
    return losses


def draw(losses, sample, output):
    """The loss, and beside it what the model wrote."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    curve, page = figure.subplots(1, 2)
    curve.plot(losses, linewidth=0.8)
    curve.set(xlabel="step", ylabel="cross entropy per letter", title="Learning")
    page.set_title("What it writes")
    page.axis("off")
    lines = [part for line in sample.split("\n") for part in textwrap.wrap(line, 52)]
    page.text(
        0, 1, "\n".join(lines[:16]), family="monospace", fontsize=8, va="top", parse_math=False
    )
    figure.savefig(output, dpi=70)


if __name__ == "__main__":
    main()
