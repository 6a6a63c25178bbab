"""``plugtorch explain``: formula, options and origin of one loss, optimizer or backend."""

import pytest

import plugtorch
from plugtorch import losses, optimizers, registry
from plugtorch.hookspecs import LossSpec, OptimizerSpec


class Numpyish(plugtorch.Loss):
    """Squared error, told in NumPy's style.

    e^2

    Parameters
    ----------
    power : float
        How steep.

    Returns
    -------
    Nothing of interest.
    """

    def __init__(self, power, shift=(1, 2)): ...


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_an_optimizer(cli):
    found = cli("explain", "adam")
    assert found.code == 0
    assert found.out.startswith("adam: an optimizer of plugtorch ")
    said = lines(found.out)
    assert "p = p - lr m' / (sqrt(v') + eps), where m and v are running means of g and g^2." in said
    assert "lr 0.001" in said
    assert "betas (0.9, 0.999)" in said
    assert "eps: keeps the divisor off 0." in found.out
    assert "reference arXiv:1412.6980; torch.optim.Adam" in said
    assert "defined in plugtorch_optim.adam:Adam" in said
    assert ">>>" not in found.out
    assert "\x1b" not in found.out


def test_a_loss_by_its_alias(cli):
    found = cli("explain", "MAE")
    assert found.out.startswith("l1: a loss of plugtorch ")
    assert "reduction mean" in lines(found.out)
    assert "also called l1_loss, mae" in lines(found.out)


def test_a_backend(cli):
    found = cli("explain", "numpy", "--kind", "backend")
    assert found.out.startswith("cpu: a backend of plugtorch ")
    assert "--device cpu" in found.out


def test_as_json(cli):
    found = cli("explain", "plugtorch:adam", "--json")
    assert found.code == 0
    assert found.json["name"] == "adam"
    assert found.json["formula"].startswith("p = p - lr m'")
    assert found.json["options"]["betas"] == [0.9, 0.999]
    assert found.json["distribution"] == "plugtorch"
    assert found.json["arguments"].startswith("params: ")


@pytest.mark.parametrize("face", [losses, optimizers])
def test_everything_of_ours_has_a_formula(cli, face):
    for name in face.names():
        about = face.describe(name)
        assert about["formula"] in about["doc"]
        assert about["formula"], name
        assert ">>>" not in about["formula"] + about["arguments"]
        assert "Source" not in about["formula"] + about["arguments"]
        assert cli("explain", name, "--kind", about["kind"]).code == 0


def test_somebody_elses_style(cli):
    spec = LossSpec(name="numpyish", target="here:it", summary="By record.", reference="a paper")
    with registry.register(spec, Numpyish):
        found = cli("explain", "numpyish")
        about = losses.describe("numpyish")
    assert about["formula"] == "Squared error, told in NumPy's style.\n\ne^2"
    assert about["arguments"] == "power : float\n    How steep."
    said = lines(found.out)
    assert "By record." in said
    assert "power (must be given)" in said
    assert "shift (1, 2)" in said
    assert "reference a paper" in said


def test_one_name_of_two_kinds(cli):
    spec = OptimizerSpec(name="mse", target="here:it")
    with registry.register(spec, plugtorch.Optimizer):
        found = cli("explain", "mse")
        assert found.code == 2
        assert "'mse' is a loss and an optimizer. Add --kind loss or --kind optimizer" in found.err
        assert cli("explain", "mse", "--kind", "loss").out.startswith("mse: a loss")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["adm"], 2, "Did you mean the optimizer 'adam'"),
        (["crossentropy"], 2, "the loss 'cross_entropy'"),
        (["xyzzy"], 2, "`plugtorch plugins` lists everything"),
        (["adam", "--kind", "loss"], 2, "There is an optimizer of that name"),
        (["adam", "--kind", "lamp"], 2, "is not one of"),
        ([], 2, "Missing argument 'NAME'"),
    ],
)
def test_refusals(cli, arguments, code, message):
    found = cli("explain", *arguments)
    assert found.code == code
    assert message in found.err
    assert found.out == ""


def test_what_is_broken(cli):
    with registry.register(LossSpec(name="torn", target="no_such_module_for_explain:Loss")):
        found = cli("explain", "torn")
    assert found.code == 1
    assert "no_such_module_for_explain" in found.err


def test_help(cli):
    found = cli("explain", "--help")
    assert all(len(line) <= 100 for line in found.out.splitlines())
    assert "plugtorch explain adam" in found.out
