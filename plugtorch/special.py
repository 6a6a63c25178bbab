"""PyTorch's torch.special: functions of mathematics, element by element.

>>> import plugtorch
>>> plugtorch.special.expit(plugtorch.tensor([0.0]))
tensor([0.5000])
"""

from plugtorch.tensor.arithmetic import round
from plugtorch.tensor.functions import (
    erf,
    erfc,
    exp2,
    expm1,
    log1p,
    logit,
    sinc,
    xlogy,
)
from plugtorch.tensor.functions import sigmoid as expit
from plugtorch.tensor.gamma import digamma, multigammaln, polygamma, zeta
from plugtorch.tensor.gamma import igamma as gammainc
from plugtorch.tensor.gamma import igammac as gammaincc
from plugtorch.tensor.gamma import lgamma as gammaln
from plugtorch.tensor.reductions import logsumexp
from plugtorch.tensor.softmax import log_softmax, softmax
from plugtorch.tensor.special import (
    entr,
    erfcx,
    erfinv,
    i0,
    i0e,
    i1,
    i1e,
    log_ndtr,
    ndtr,
    ndtri,
    xlog1py,
)

psi = digamma

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
    "zeta",
]
