"""Twin networks: are two pictures of one kind? Pairs from a data set of its own, batch norm."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from little_data import drawings, set_weights
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __init__(self, count, seed):
        self.pictures, self.kinds = drawings(200, seed)
        rng = np.random.default_rng(seed)
        self.first = rng.integers(0, 200, count)
        same = [np.flatnonzero(self.kinds == k) for k in self.kinds[self.first]]
        self.second = np.where(
            np.arange(count) % 2, [rng.choice(s) for s in same], rng.integers(0, 200, count)
        )

    def __getitem__(self, i):
        a, b = self.first[i], self.second[i]
        label = torch.tensor(float(self.kinds[a] == self.kinds[b]))
        return torch.from_numpy(self.pictures[a]), torch.from_numpy(self.pictures[b]), label

    def __len__(self):
        return len(self.first)


class Twins(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential()
        self.body.add_module("conv", nn.Conv2d(1, 6, 3, padding=1, bias=False))
        self.body.add_module("norm", nn.BatchNorm2d(6))
        self.body.add_module("relu", nn.LeakyReLU(0.1, inplace=True))
        self.body.add_module("pool", nn.AvgPool2d(2))
        self.head = nn.Linear(96, 12)

    def forward_once(self, x):
        return self.head(self.body(x).view(x.size(0), -1))

    def forward(self, a, b):
        return self.forward_once(a), self.forward_once(b)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, label):
        distance = F.pairwise_distance(a, b, keepdim=True).squeeze(1)
        far = torch.clamp(self.margin - distance, min=0.0)
        return torch.mean(label * torch.pow(distance, 2) + (1 - label) * torch.pow(far, 2))


use_cuda = torch.cuda.is_available()
net = set_weights(Twins())
if use_cuda:
    net = net.cuda()
criterion = ContrastiveLoss()
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3, alpha=0.99, eps=1e-6, weight_decay=5e-4)

for epoch in range(5):
    total = 0.0
    for a, b, label in DataLoader(Pairs(400, 0), batch_size=40, drop_last=True):
        if use_cuda:
            a, b, label = a.cuda(), b.cuda(), label.cuda()
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(*net(a, b), label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=5.0)
        optimizer.step()
        total += loss.item()
    print("Epoch %d, loss %.5f" % (epoch, total / 10))
