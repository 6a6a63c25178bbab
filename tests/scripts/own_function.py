"""A curve by a polynomial of our own: autograd.Function, a Module with scalars, LBFGS, compile."""

import math

import torch


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


dtype = torch.float
device = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")
x = torch.linspace(-math.pi, math.pi, 200, device=device, dtype=dtype)
y = torch.sin(x)
a = torch.full((), 0.0, device=device, dtype=dtype, requires_grad=True)
b = torch.full((), -1.0, device=device, dtype=dtype, requires_grad=True)
c = torch.full((), 0.0, device=device, dtype=dtype, requires_grad=True)
d = torch.full((), 0.3, device=device, dtype=dtype, requires_grad=True)

learning_rate = 5e-5
for t in range(300):
    P3 = LegendrePolynomial3.apply
    y_pred = a + b * P3(c + d * x)
    loss = (y_pred - y).pow(2).sum()
    if t % 50 == 49:
        print(t, loss.item())
    loss.backward()
    with torch.no_grad():
        for weight in (a, b, c, d):
            weight -= learning_rate * weight.grad
            weight.grad = None
print(f"Result: y = {a.item():.3f} + {b.item():.3f} * P3({c.item():.3f} + {d.item():.3f} x)")


class Polynomial(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = torch.nn.ParameterList(
            [torch.nn.Parameter(torch.zeros((), device=device)) for _ in range(4)]
        )

    @torch.jit.export
    def forward(self, x):
        return sum(w * x**i for i, w in enumerate(self.weights))


@torch.compile(disable=True)
def distance(p, q):
    return torch.mean((p - q) ** 2)


model = Polynomial()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.2, max_iter=4)
for step in range(5):

    def closure():
        optimizer.zero_grad()
        loss = distance(model(x), y)
        loss.backward()
        return loss

    print("step", step, "loss", optimizer.step(closure).item())
