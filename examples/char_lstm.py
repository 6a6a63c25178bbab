"""An LSTM that learns the Zen of Python by heart, letter by letter, and recites it.

A recurrent network reads one letter at a time and keeps what it needs to know in a state. To
recite, it is given back the letter it just said, and the state that it had.

Hochreiter and Schmidhuber (1997), Long Short-Term Memory; Karpathy (2015), The Unreasonable
Effectiveness of Recurrent Neural Networks.
"""

import codecs
import contextlib
import io
from pathlib import Path

import click
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn, optim

with contextlib.redirect_stdout(io.StringIO()):  # it prints itself when it is imported
    import this

ZEN = codecs.decode(this.s, "rot13")
BATCH, WINDOW = 16, 40


class Reciter(nn.Module):
    """Letters (batch, length) and a state to scores (batch, length, letters) and the next state."""

    def __init__(self, letters):
        super().__init__()
        self.embedding = nn.Embedding(letters, 32)
        self.lstm = nn.LSTM(32, 128, batch_first=True)
        self.head = nn.Linear(128, letters)

    def forward(self, x, state=None):
        x, state = self.lstm(self.embedding(x), state)
        return self.head(x), state


@plugtorch.no_grad()
def recite(model, start, length):
    """The likeliest ``length`` letters, the given ones of ``start`` (a list) included."""
    spoken, state = list(start), None
    heard = plugtorch.tensor([spoken])
    while len(spoken) < length:
        scores, state = model(heard, state)
        heard = scores[:, -1:].argmax(-1)
        spoken.append(heard.item())
    return spoken


@click.command()
@click.option("--text", type=click.Path(exists=True, path_type=Path), help="Learn this file.")
@click.option("--steps", default=400, show_default=True, help="Training steps.")
@click.option("--device", default="cpu", show_default=True, help="See `plugtorch devices`.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
@click.option("--output", default="char_lstm.png", show_default=True, help="The picture.")
def main(text, steps, device, seed, output):
    """Train an LSTM on a short text and let it recite."""
    plugtorch.set_default_device(device)
    plugtorch.manual_seed(seed)
    text = text.read_text(encoding="utf-8") if text else ZEN
    letters = sorted(set(text))
    numbers = [letters.index(letter) for letter in text]
    data = plugtorch.tensor(numbers)

    model = Reciter(len(letters))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    # Sixteen readers, each from a place of its own, again and again, forty letters in a step.
    places = plugtorch.randint(len(data), (BATCH, 1)) + plugtorch.arange(WINDOW)
    state, losses = None, []
    for _ in track(range(steps), "training", console=Console(stderr=True), transient=True):
        scores, state = model(data[places % len(data)], state)
        loss = F.cross_entropy(scores.flatten(0, 1), data[(places + 1) % len(data)].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # long sequences: steep places
        optimizer.step()
        state = tuple(part.detach() for part in state)  # remembered, but not learnt through
        places = places + WINDOW
        losses.append(loss.item())

    spoken = recite(model, numbers[:10], min(len(numbers), 400))
    right = [said == meant for said, meant in zip(spoken, numbers)]
    recited = "".join(letters[number] for number in spoken)
    click.echo(
        f"loss {losses[0]:.2f} at first, {losses[-1]:.2f} at last; "
        f"{sum(right)} of {len(right)} letters right\n\n{recited}"
    )
    draw(losses, recited, output)
    return losses


def draw(losses, recited, output):
    """The loss, and beside it what the model says."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    curve, page = figure.subplots(1, 2)
    curve.plot(losses, linewidth=0.8)
    curve.set(xlabel="step", ylabel="cross entropy per letter", title="Learning")
    page.set_title("What it recites, from the first ten letters on")
    page.axis("off")
    lines = "\n".join(line[:60] for line in recited.split("\n")[:16])
    page.text(0, 1, lines, family="monospace", fontsize=8, va="top", parse_math=False)
    figure.savefig(output, dpi=70)


if __name__ == "__main__":
    main()
