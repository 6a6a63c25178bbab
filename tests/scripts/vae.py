"""A variational autoencoder: two losses, and noise that the gradient goes around."""

import numpy as np
import torch
from little_data import drawings, set_weights
from torch import nn, optim
from torch.nn import functional as F

device = torch.accelerator.current_accelerator() or torch.device("cpu")
noise = np.random.default_rng(3)


class VAE(nn.Module):
    def __init__(self, hidden=40, latent=6):
        super().__init__()
        self.fc1 = nn.Linear(64, hidden)
        self.fc21 = nn.Linear(hidden, latent)
        self.fc22 = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.from_numpy(noise.standard_normal(tuple(std.shape))).to(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 64))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


pictures, _ = drawings(800)
train_loader = torch.utils.data.DataLoader(torch.from_numpy(pictures), batch_size=50)
model = set_weights(VAE()).to(device)
optimizer = optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(1, 7):
    model.train()
    train_loss = 0
    for data in train_loader:
        data = data.to(device)
        optimizer.zero_grad()
        loss = loss_function(*[(out := model(data))[0], data, out[1], out[2]])
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    print(f"====> Epoch: {epoch} Average loss: {train_loss / len(train_loader.dataset):.4f}")
