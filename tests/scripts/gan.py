"""Two networks against one another: two optimizers, detach, weights by apply, labels by full."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from little_data import drawings, set_weights

device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
rng = np.random.default_rng(1)
nz = 10


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, 8, 4, 1, 0, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(True),
            nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, input):
        return self.main(input)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, 8, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(8, 1, 4, 1, 0, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, input):
        return self.main(input)


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("BatchNorm") != -1:
        nn.init.ones_(m.weight.data)
        nn.init.constant_(m.bias.data, 0)


netG, netD = set_weights(Generator(), 1).to(device), set_weights(Discriminator(), 2).to(device)
netG.apply(weights_init)
criterion = nn.BCELoss()
optimizerD = optim.Adam(netD.parameters(), lr=2e-3, betas=(0.5, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=5e-4, betas=(0.5, 0.999))
pictures = torch.from_numpy(drawings(320)[0])

for epoch in range(4):
    for i in range(0, 320, 32):
        netD.zero_grad()
        real = pictures[i : i + 32].to(device)
        label = torch.full((32,), 1.0, dtype=torch.float, device=device)
        errD_real = criterion(netD(real).view(-1), label)
        errD_real.backward()
        noise = torch.from_numpy(rng.standard_normal((32, nz, 1, 1)).astype("float32")).to(device)
        fake = netG(noise)
        label.fill_(0.0)
        errD_fake = criterion(netD(fake.detach()).view(-1), label)
        errD_fake.backward()
        errD = errD_real + errD_fake
        optimizerD.step()

        netG.zero_grad()
        label.fill_(1.0)
        errG = criterion(netD(fake).view(-1), label)
        errG.backward()
        optimizerG.step()
    print("[%d/4] Loss_D: %.4f Loss_G: %.4f" % (epoch, errD.item(), errG.item()))
