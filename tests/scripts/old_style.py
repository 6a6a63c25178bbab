"""As scripts were written years ago: Variable, types by name, updates through .data."""

import numpy as np
import torch
from torch.autograd import Variable

dtype = torch.FloatTensor
if torch.cuda.is_available():
    torch.cuda.manual_seed(0)
torch.set_default_tensor_type("torch.FloatTensor")

rng = np.random.RandomState(0)
N, D_in, H, D_out = 32, 12, 20, 3
x = Variable(torch.from_numpy(rng.randn(N, D_in)).type(dtype), requires_grad=False)
y = Variable(torch.from_numpy(rng.randn(N, D_out)).type(dtype), requires_grad=False)
w1 = Variable(dtype((rng.randn(D_in, H) * 0.3).tolist()), requires_grad=True)
w2 = Variable(torch.Tensor(rng.randn(H, D_out) * 0.3), requires_grad=True)
sizes = torch.LongTensor([N, D_in])
assert x.size() == torch.Size(sizes.tolist()) and isinstance(sizes, torch.LongTensor)

learning_rate = 2e-3
for t in range(60):
    y_pred = x.mm(w1).clamp(min=0).mm(w2)
    loss = (y_pred - y).pow(2).sum()
    if t % 10 == 9:
        print(t, loss.data.item())
    loss.backward()
    w1.data -= learning_rate * w1.grad.data
    w2.data -= learning_rate * w2.grad.data
    w1.grad.data.zero_()
    w2.grad.data.zero_()

model = torch.nn.Sequential(torch.nn.Linear(D_in, H), torch.nn.ReLU(), torch.nn.Linear(H, D_out))
for p in model.parameters():
    p.data.copy_(torch.from_numpy(rng.randn(*p.size()) * 0.2))
loss_fn = torch.nn.MSELoss(reduction="sum")
for t in range(60):
    loss = loss_fn(model(x), y)
    if t % 10 == 9:
        print(t, "loss", float(loss))
    model.zero_grad()
    loss.backward()
    for param in model.parameters():
        param.data.add_(param.grad.data, alpha=-1e-3)
