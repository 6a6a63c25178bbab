"""Probability distributions: PyTorch's torch.distributions."""

from plugtorch.distributions import constraints, kl_pairs, kl_rules, transforms, utils
from plugtorch.distributions.bernoulli import Bernoulli
from plugtorch.distributions.beta import Beta
from plugtorch.distributions.binomial import Binomial
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.cauchy import Cauchy
from plugtorch.distributions.chi2 import Chi2
from plugtorch.distributions.constraint_registry import biject_to, transform_to
from plugtorch.distributions.continuous_bernoulli import ContinuousBernoulli
from plugtorch.distributions.dirichlet import Dirichlet
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.exponential import Exponential
from plugtorch.distributions.fishersnedecor import FisherSnedecor
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.generalized_pareto import GeneralizedPareto
from plugtorch.distributions.geometric import Geometric
from plugtorch.distributions.gumbel import Gumbel
from plugtorch.distributions.half_cauchy import HalfCauchy
from plugtorch.distributions.half_normal import HalfNormal
from plugtorch.distributions.independent import Independent
from plugtorch.distributions.inverse_gamma import InverseGamma
from plugtorch.distributions.kl import kl_divergence, register_kl
from plugtorch.distributions.kumaraswamy import Kumaraswamy
from plugtorch.distributions.laplace import Laplace
from plugtorch.distributions.lkj_cholesky import LKJCholesky
from plugtorch.distributions.log_normal import LogNormal
from plugtorch.distributions.logistic_normal import LogisticNormal
from plugtorch.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from plugtorch.distributions.mixture_same_family import MixtureSameFamily
from plugtorch.distributions.multinomial import Multinomial
from plugtorch.distributions.multivariate_normal import MultivariateNormal
from plugtorch.distributions.negative_binomial import NegativeBinomial
from plugtorch.distributions.normal import Normal
from plugtorch.distributions.one_hot_categorical import (
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
)
from plugtorch.distributions.pareto import Pareto
from plugtorch.distributions.poisson import Poisson
from plugtorch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli, RelaxedBernoulli
from plugtorch.distributions.relaxed_categorical import RelaxedOneHotCategorical
from plugtorch.distributions.studentT import StudentT
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
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
from plugtorch.distributions.von_mises import VonMises
from plugtorch.distributions.weibull import Weibull
from plugtorch.distributions.wishart import Wishart

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LogitRelaxedBernoulli",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "constraints",
    "identity_transform",
    "kl_divergence",
    "kl_pairs",
    "kl_rules",
    "register_kl",
    "transform_to",
    "transforms",
    "utils",
]
