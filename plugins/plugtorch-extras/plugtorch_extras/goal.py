"""How far is the goal? What Prodigy takes for a learning rate."""

from __future__ import annotations

from math import inf

from plugtorch import Optimizer


def estimated(optimizer: Optimizer) -> dict[str, float]:
    """The new d, d_max and r of Prodigy's groups; nothing where every gradient so far was 0.

    Gradients are added to the s of every parameter's state, and "rate" to every group.

    Raises ArgumentError, before anything changes, for groups of different lr.
    """
    groups = optimizer.param_groups
    first, rates = groups[0], {group["lr"] for group in groups}
    lr = max(rates)
    if rates - {lr, 0.0}:
        raise optimizer.refused("lr", sorted(rates), "one lr for all groups, or 0")
    d, k, (beta1, beta2) = first["d"], first["k"] + 1, first["betas"]
    corrected = (1 - beta2**k) ** 0.5 / (1 - beta1**k) if first["use_bias_correction"] else 1.0
    rate = d * lr * corrected
    beta3 = beta2**0.5 if first["beta3"] is None else first["beta3"]
    r, total = beta3 * first["r"], 0.0
    for group in groups:
        group["rate"] = rate
        scale = d / group["d0"]
        weight = scale * (d if group["safeguard_warmup"] else rate)
        for p in group["params"]:
            if p.grad is None or not group["lr"]:
                continue
            gradient = -p.grad if group["maximize"] else p.grad
            state = optimizer.state.get(p) or optimizer.initial_state(p, group)
            s = beta3 * state["s"] + weight * gradient
            optimizer.state[p] = {**state, "s": s}
            r += scale * rate * (gradient * (state["p0"] - p)).sum().item()
            total += s.abs().sum().item()
    if not total:
        return {}
    d_max = max(first["d_max"], first["d_coef"] * r / total)
    if d == first["d0"]:  # a guess: leaving it is no growth
        return {"d": d_max, "d_max": d_max, "r": r}
    growth = inf if first["growth_rate"] is None else first["growth_rate"]
    return {"d": min(d_max, d * growth), "d_max": d_max, "r": r}
