"""Names of older PyTorch, and switches of its environment that scripts flip."""

import sys

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.autograd import Variable
from plugtorch.errors import ArgumentError, DeviceError, DTypeError, ShapeError, UnknownNameError

TYPES = {
    "FloatTensor": "float32",
    "DoubleTensor": "float64",
    "HalfTensor": "float16",
    "BFloat16Tensor": "bfloat16",
    "ByteTensor": "uint8",
    "CharTensor": "int8",
    "ShortTensor": "int16",
    "IntTensor": "int32",
    "LongTensor": "int64",
    "BoolTensor": "bool",
}


@pytest.mark.parametrize("name", TYPES)
def test_types(name):
    kind, dtype = getattr(plugtorch, name), getattr(plugtorch, TYPES[name])
    made = kind([[1, 0], [1, 1]])
    assert made.dtype is dtype
    assert made.tolist() == [[1, 0], [1, 1]]
    assert isinstance(made, kind)
    assert not any(isinstance(made, getattr(plugtorch, n)) for n in TYPES if n != name)
    assert kind(2, 0, 3).shape == (2, 0, 3)
    assert kind(plugtorch.Size([4])).shape == (4,)
    assert kind(range(2)).tolist() == [0, 1]
    assert kind().shape == (0,)
    assert made.type() == f"torch.{name}"
    for there in (kind, name, f"torch.{name}", dtype):
        assert plugtorch.ones(1, device="cpu").type(there).dtype is dtype


def test_the_constructor_of_tensor():
    assert plugtorch.Tensor(2, 3).shape == (2, 3)
    assert plugtorch.Tensor((2, 3)).tolist() == [2, 3]
    assert plugtorch.Tensor(numpy.arange(3)).dtype is plugtorch.float32
    assert plugtorch.Tensor(numpy.int64(3)).shape == (3,)
    assert plugtorch.Tensor([plugtorch.tensor(1), 2.5]).tolist() == [1, 2.5]
    whole = plugtorch.arange(3)
    again = plugtorch.Tensor(whole)  # shared as it is
    again[0] = 7
    assert whole.tolist() == [7, 1, 2]
    assert plugtorch.arange(2).new([1.0, 2.0]).dtype is plugtorch.int64
    assert plugtorch.zeros(1, dtype=plugtorch.float64).new(2, 2).dtype is plugtorch.float64


@pytest.mark.parametrize("wrong", [2.5, True, None, "text"], ids=repr)
def test_what_the_constructor_refuses(wrong):
    with pytest.raises(DTypeError, match=r"plugtorch\.tensor\(\)"):
        plugtorch.Tensor(wrong)
    with pytest.raises(DTypeError, match="needs sizes"):
        plugtorch.FloatTensor([1], [2])
    with pytest.raises(ShapeError, match="negative"):
        plugtorch.LongTensor(-1)
    with pytest.raises(DTypeError, match=r"\.to\(plugtorch\.int64\)"):
        plugtorch.LongTensor(plugtorch.ones(1))
    with pytest.raises(DTypeError, match="FloatTensor"):
        plugtorch.ones(1).type("torch.NoTensor")
    with pytest.raises(DeviceError, match="another device"):
        plugtorch.ones(1).type("torch.cuda.FloatTensor")


def test_the_default_type():
    try:
        plugtorch.set_default_tensor_type(plugtorch.DoubleTensor)
        assert plugtorch.ones(1).dtype is plugtorch.Tensor([1]).dtype is plugtorch.float64
    finally:
        plugtorch.set_default_tensor_type("torch.FloatTensor")
    assert plugtorch.ones(1).dtype is plugtorch.float32
    with pytest.raises(DTypeError):
        plugtorch.set_default_tensor_type(plugtorch.LongTensor)
    with pytest.raises(ArgumentError):
        plugtorch.set_default_tensor_type(3)


def test_variable():
    data = plugtorch.ones(2)
    x = Variable(data, requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 2]
    assert x.is_leaf
    assert not data.requires_grad
    assert not Variable(data, volatile=True).requires_grad
    assert isinstance(data, Variable)
    assert not isinstance(1, Variable)
    x.data[0] = 5
    assert data[0] == 5
    with pytest.raises(DTypeError):
        Variable([1.0])


def test_cuda_is_not_here_and_says_what_is():
    assert not plugtorch.cuda.is_available()
    assert plugtorch.cuda.device_count() == plugtorch.cuda.memory_allocated() == 0
    state = plugtorch.get_rng_state()
    plugtorch.cuda.manual_seed(1)
    plugtorch.cuda.manual_seed_all(1)
    plugtorch.cuda.empty_cache()
    assert bool((plugtorch.get_rng_state() == state).all())  # as in PyTorch without CUDA
    assert plugtorch.device("cuda:0").type == "cuda"  # a name, until something is put there
    for use in (
        lambda: plugtorch.ones(1).cuda(),
        lambda: plugtorch.ones(1).to("cuda:0"),
        lambda: plugtorch.ones(1, device=plugtorch.device("mps")),
        lambda: nn.Linear(1, 1).cuda(),
        lambda: nn.Linear(1, 1).to("cuda"),
        lambda: plugtorch.cuda.synchronize(),
        lambda: plugtorch.cuda.get_device_name(0),
    ):
        with pytest.raises(UnknownNameError, match=r"accelerator\.current_accelerator"):
            use()


def test_another_device_stands_in_for_cuda():
    plugtorch.cuda.stand_in("cpu")
    try:
        assert plugtorch.cuda.is_available()
        assert plugtorch.cuda.device_count() == 1
        where = plugtorch.device("cuda:0")
        assert plugtorch.device(0) == where
        for there in (
            plugtorch.ones(1).to(0),
            plugtorch.ones(1, device=0),
            nn.Linear(1, 1).to(0).weight,
            plugtorch.ones(1).cuda(),
            plugtorch.ones(1, device=where),
            nn.Linear(1, 1).to(where).weight,
            nn.Linear(1, 1).cuda(0).weight,
            plugtorch.ones(1).cuda(where),
        ):
            assert there.device == plugtorch.device("cpu")
        plugtorch.cuda.set_device(0)
        plugtorch.cuda.set_device(where)
        for use in (
            lambda: plugtorch.ones(1, device="cuda:1"),
            lambda: plugtorch.ones(1).to(1),
            lambda: nn.Linear(1, 1).to(1),
            lambda: nn.Linear(1, 1).cuda(1),
            lambda: plugtorch.ones(1).cuda("cuda:1"),
            lambda: plugtorch.cuda.set_device(1),
            lambda: plugtorch.cuda.set_device("cuda:1"),
        ):
            with pytest.raises(DeviceError, match=r"no device cuda:1: cpu stands in for cuda:0"):
                use()
        plugtorch.cuda.synchronize()
        assert plugtorch.cuda.get_device_name(plugtorch.cuda.current_device()) == "cpu"
        with plugtorch.autocast("cuda"):
            assert nn.Linear(1, 1).cuda()(plugtorch.ones(1, 1).cuda()).dtype is plugtorch.bfloat16
        assert plugtorch.amp.GradScaler("cuda").is_enabled()
    finally:
        plugtorch.cuda.stand_in(None)
    assert not plugtorch.cuda.is_available()
    with pytest.raises(UnknownNameError):
        plugtorch.ones(1).to("cuda")


def test_an_accelerator_is_the_chosen_default():
    before = plugtorch.device(plugtorch.get_default_device())
    try:
        plugtorch.set_default_device("cpu")
        assert plugtorch.accelerator.current_accelerator() is None
        assert plugtorch.accelerator.device_count() == 0
        with pytest.raises(DeviceError, match="the CPU was chosen as default"):
            plugtorch.accelerator.synchronize()
        for use in (plugtorch.device, plugtorch.ones(1).to, nn.Linear(1, 1).to):
            with pytest.raises(DeviceError, match=r"index 0 would be beside the CPU"):
                use(0)
        with plugtorch.device("abacus:2"):
            assert plugtorch.accelerator.current_accelerator() == plugtorch.device("abacus:2")
    finally:
        plugtorch.set_default_device(before)


def test_an_accelerator_is_found(monkeypatch):
    found = {"none": [], "broken": None, "there": [1]}
    monkeypatch.setattr(
        plugtorch.registry,
        "entries",
        lambda kind: [type("Entry", (), {"name": name}) for name in ("cpu", *found)],
    )
    devices = sys.modules["plugtorch.device"]
    for module in (devices, plugtorch.accelerator):
        monkeypatch.setattr(module, "usable", lambda name: found[name], raising=False)
    monkeypatch.setattr(devices, "chosen_default", lambda: None)
    devices._first.cache_clear()
    try:
        assert plugtorch.accelerator.current_accelerator() == plugtorch.device("there")
        assert plugtorch.accelerator.device_count() == 1
    finally:
        devices._first.cache_clear()


def test_switches_are_taken():
    plugtorch.backends.cudnn.benchmark = False
    plugtorch.backends.cudnn.deterministic = False
    plugtorch.backends.cuda.matmul.allow_tf32 = False
    assert not plugtorch.backends.mps.is_available()
    assert plugtorch.backends.cudnn.version() is None
    plugtorch.use_deterministic_algorithms(True, warn_only=True)
    assert plugtorch.are_deterministic_algorithms_enabled()
    plugtorch.use_deterministic_algorithms(False)
    assert not plugtorch.are_deterministic_algorithms_enabled()
    with pytest.raises(ArgumentError, match="'fast'"):
        plugtorch.set_float32_matmul_precision("fast")
    assert plugtorch.version.cuda is None


def test_threads():
    before = plugtorch.get_num_threads()
    try:
        plugtorch.set_num_threads(1)
        assert plugtorch.get_num_threads() == 1
    finally:
        plugtorch.set_num_threads(before)
    for wrong in (0, -1):
        with pytest.raises(ArgumentError):
            plugtorch.set_num_threads(wrong)
    with pytest.raises(DTypeError):
        plugtorch.set_num_threads("2")


def test_compile_and_script_change_nothing():
    def function(x):
        return x

    for decorate in (
        plugtorch.compile,
        plugtorch.compile(mode="reduce-overhead", fullgraph=True),
        plugtorch.compiler.disable,
        plugtorch.compiler.disable(recursive=False),
        plugtorch.jit.script,
        plugtorch.jit.ignore,
        plugtorch.jit.ignore(drop=True),
        plugtorch.jit.unused,
        plugtorch.jit.export,
    ):
        assert decorate(function) is function
    model = nn.Linear(1, 1)
    assert plugtorch.compile(model, dynamic=True) is model


def test_forking_the_random_numbers():
    plugtorch.random.manual_seed(3)
    expected = plugtorch.rand(2).tolist()
    plugtorch.random.manual_seed(3)
    with plugtorch.random.fork_rng(devices=[]):
        plugtorch.rand(5)
    assert plugtorch.rand(2).tolist() == expected


def test_memory_that_is_not_enough():
    assert plugtorch.cuda.OutOfMemoryError is plugtorch.OutOfMemoryError
    assert issubclass(plugtorch.OutOfMemoryError, RuntimeError)


@pytest.mark.parametrize("name", ["add", "sub", "addcmul", "addcdiv"])
def test_the_factor_in_front_of_the_tensors(name) -> None:
    rng = numpy.random.default_rng()
    x, *others = (plugtorch.from_numpy(rng.random((3, 2)) + 0.5) for _ in range(3))
    option, count = ("value", 2) if name.startswith("addc") else ("alpha", 1)
    others = others[:count]
    expected = getattr(x, name)(*others, **{option: -0.3})
    for call in (getattr(plugtorch, name), getattr(plugtorch.Tensor, name)):
        with pytest.warns(UserWarning, match=f"{name}] .*{option}=-0.3"):
            assert call(x, -0.3, *others).equal(expected)
    with pytest.warns(UserWarning, match=f"{name}] .*{option}=-0.3"):
        assert getattr(x, name + "_")(-0.3, *others) is x
    assert x.equal(expected)
    for wrong in ((x, *others, x), (0.5, *others, x)):
        with pytest.raises(TypeError, match=r"takes \d positional arguments"):
            getattr(x, name + "_")(*wrong)


@pytest.mark.parametrize(
    ("name", "options"),
    [("constant", {"val": 2}), ("sparse", {"sparsity": 0.5}), ("orthogonal", {"gain": 2})]
    + [(name, {}) for name in ("eye", "normal", "uniform", "xavier_normal", "xavier_uniform")]
    + [("kaiming_normal", {}), ("kaiming_uniform", {"a": 1})],
)
def test_starting_values_by_names_without_the_underscore(name, options):
    def weights(function):
        plugtorch.manual_seed(3)
        return function(nn.Linear(5, 4).weight, **options)

    with pytest.warns(FutureWarning, match=f"nn.init.{name}_"):
        old = weights(getattr(nn.init, name))
    assert old.equal(weights(getattr(nn.init, f"{name}_")))
    assert isinstance(old, nn.Parameter)
