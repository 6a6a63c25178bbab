"""Probability distributions: PyTorch's torch.distributions."""

from plugtorch.distributions import constraints, kl_rules, transforms, utils
from plugtorch.distributions.bernoulli import Bernoulli
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.cauchy import Cauchy
from plugtorch.distributions.constraint_registry import biject_to, transform_to
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.exponential import Exponential
from plugtorch.distributions.geometric import Geometric
from plugtorch.distributions.gumbel import Gumbel
from plugtorch.distributions.half_cauchy import HalfCauchy
from plugtorch.distributions.half_normal import HalfNormal
from plugtorch.distributions.independent import Independent
from plugtorch.distributions.kl import kl_divergence, register_kl
from plugtorch.distributions.laplace import Laplace
from plugtorch.distributions.log_normal import LogNormal
from plugtorch.distributions.mixture_same_family import MixtureSameFamily
from plugtorch.distributions.normal import Normal
from plugtorch.distributions.one_hot_categorical import (
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
)
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from plugtorch.distributions.uniform import Uniform

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "ComposeTransform",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "Laplace",
    "LogNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "PowerTransform",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "biject_to",
    "constraints",
    "identity_transform",
    "kl_divergence",
    "kl_rules",
    "register_kl",
    "transform_to",
    "transforms",
    "utils",
]
