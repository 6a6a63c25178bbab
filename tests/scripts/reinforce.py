"""REINFORCE with a learned baseline: a walker in a corridor learns which way the door is."""

from collections import deque

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from little_data import set_weights

eps = np.finfo(np.float32).eps.item()
rng = np.random.default_rng(0)


class Corridor:
    """The door is at one end; which one is shown by a lamp."""

    def reset(self):
        self.place, self.steps = 3, 0
        self.door = int(rng.integers(0, 2)) * 6
        return self.state()

    def state(self):
        here = np.zeros(8, dtype=np.float32)
        here[self.place], here[7] = 1, 1 if self.door else -1
        return here

    def step(self, action):
        self.place = min(max(self.place + (1 if action else -1), 0), 6)
        self.steps += 1
        done = self.place == self.door or self.steps >= 12
        return self.state(), 1.0 if self.place == self.door else -0.1, done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(8, 24)
        self.action_head = nn.Linear(24, 2)
        self.value_head = nn.Linear(24, 1)

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


env = Corridor()
device = "cuda" if torch.cuda.is_available() else "cpu"
model = set_weights(Policy()).to(device)
optimizer = optim.Adam(model.parameters(), lr=2e-2)


def select_action(state):
    state = torch.from_numpy(state).float().unsqueeze(0).to(device)
    probs, value = model(state)
    action = int(rng.random() >= probs[0, 0].item())
    return action, (torch.log(probs[0, action]), value.squeeze())


def finish_episode(saved, rewards, gamma=0.95):
    returns, R = deque(), 0
    for r in rewards[::-1]:
        R = r + gamma * R
        returns.appendleft(R)
    returns = torch.tensor(list(returns)).to(device)
    policy_losses, value_losses = [], []
    for (log_prob, value), R in zip(saved, returns):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, R))
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
    loss.backward()
    optimizer.step()


running = 12.0
for episode in range(1, 121):
    state, saved, rewards, done = env.reset(), [], [], False
    while not done:
        action, kept = select_action(state)
        state, reward, done = env.step(action)
        saved.append(kept)
        rewards.append(reward)
    finish_episode(saved, rewards)
    running = 0.9 * running + 0.1 * len(rewards)
    if episode % 20 == 0:
        print(f"Episode {episode}\tAverage loss of time: {running:.4f}")
