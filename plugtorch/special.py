"""PyTorch's torch.special: functions of mathematics, element by element.

>>> import plugtorch
>>> plugtorch.special.expit(plugtorch.tensor([0.0]))
tensor([0.5000])
"""

from plugtorch.tensor.arithmetic import round
from plugtorch.tensor.bessel import (
    bessel_j0,
    bessel_j1,
    bessel_y0,
    bessel_y1,
    modified_bessel_i0,
    modified_bessel_i1,
    modified_bessel_k0,
    modified_bessel_k1,
    scaled_modified_bessel_k0,
    scaled_modified_bessel_k1,
    spherical_bessel_j0,
)
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
from plugtorch.tensor.out import with_out
from plugtorch.tensor.polynomials import (
    chebyshev_polynomial_t,
    chebyshev_polynomial_u,
    chebyshev_polynomial_v,
    chebyshev_polynomial_w,
    hermite_polynomial_h,
    hermite_polynomial_he,
    laguerre_polynomial_l,
    legendre_polynomial_p,
    shifted_chebyshev_polynomial_t,
    shifted_chebyshev_polynomial_u,
    shifted_chebyshev_polynomial_v,
    shifted_chebyshev_polynomial_w,
)
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
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
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
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "sinc",
    "softmax",
    "spherical_bessel_j0",
    "xlog1py",
    "xlogy",
    "zeta",
]

globals().update(
    {name: with_out(globals()[name]) for name in __all__ if name not in ("log_softmax", "softmax")}
)
