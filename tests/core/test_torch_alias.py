"""``import torch`` means plugtorch: in this process only, the same objects, and gaps named."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import pytest

import plugtorch
from plugtorch import left_out, torch_alias
from plugtorch.errors import ArgumentError, StateError


@pytest.fixture
def alias():
    if "torch" in sys.modules:
        pytest.skip("PyTorch itself is imported in this process")
    torch_alias.install()
    yield
    torch_alias.uninstall()


def run(tmp_path, source, *arguments, files=(), options=(), check=True):
    """What a script prints under ``python -m plugtorch run``."""
    for name, text in files:
        (tmp_path / name).write_text(textwrap.dedent(text))
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(source))
    near = script.relative_to(tmp_path.parent)  # as one types it
    done = subprocess.run(
        [sys.executable, "-m", "plugtorch", "run", *options, near, *arguments],
        capture_output=True,
        text=True,
        cwd=os.path.dirname(tmp_path),
        timeout=60,
    )
    if check:
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
    return done


# -- in this process ---------------------------------------------------------------------------


def test_the_same_modules_and_classes(alias):
    import torch
    import torch.autograd
    import torch.backends.cudnn as cudnn
    import torch.nn as nn
    import torch.nn.functional as F
    import torch.optim as optim
    import torch.utils.data
    from torch import Tensor
    from torch.autograd import Variable
    from torch.nn.modules.batchnorm import _BatchNorm
    from torch.nn.modules.container import Sequential
    from torch.nn.modules.loss import MSELoss
    from torch.nn.modules.utils import _pair
    from torch.nn.parameter import Parameter
    from torch.optim.lr_scheduler import StepLR
    from torch.utils.data import DataLoader

    assert isinstance(nn.BatchNorm2d(2), _BatchNorm)
    assert isinstance(nn.Conv1d(1, 1, 1), nn.modules.conv._ConvNd)
    assert issubclass(nn.CrossEntropyLoss, torch.nn.modules.loss._Loss)
    assert Sequential is nn.Sequential
    assert _pair(3) == (3, 3)
    assert torch is plugtorch
    assert torch.utils.data is plugtorch.utils.data
    assert nn is plugtorch.nn
    assert F is plugtorch.nn.functional
    assert optim is plugtorch.optim
    assert cudnn is plugtorch.backends.cudnn
    assert Tensor is plugtorch.Tensor
    assert MSELoss is plugtorch.nn.MSELoss
    assert Parameter is plugtorch.nn.Parameter
    assert StepLR is plugtorch.optim.lr_scheduler.StepLR
    assert DataLoader is plugtorch.utils.data.DataLoader
    assert isinstance(plugtorch.ones(1), (Tensor, Variable))
    assert sys.modules["torch.nn"] is sys.modules["plugtorch.nn"]
    assert nn.__spec__.name == nn.__name__ == "plugtorch.nn"  # as if never given out


@pytest.mark.parametrize(
    ("statement", "error", "message"),
    [
        ("import torch.fft", ImportError, r"torch\.fft is not in plugtorch: .*Fourier"),
        ("from torch.fft import rfft", ImportError, r"torch\.fft is not in plugtorch"),
        ("import torch; torch.fft.fft", AttributeError, r"torch\.fft is not in plugtorch"),
        ("import torch; torch.complex64", AttributeError, r"torch\.complex64 .*two tensors"),
        ("import torch; torch.no_such", AttributeError, r"torch\.no_such .*docs/differences"),
        ("from torch import no_such", ImportError, "no_such"),
        ("import torch.no.such", ImportError, r"torch\.no is not in plugtorch"),
        ("from torch.cuda.nccl import reduce", ImportError, r"torch\.cuda\.nccl is not"),
        ("import torch; torch.cuda.Stream", AttributeError, r"torch\.cuda\.Stream is not"),
        ("import torch; torch.jit.trace", AttributeError, r"torch\.jit\.trace is not .*save"),
        ("import torch; torch.hub.load", AttributeError, r"torch\.hub\.load is not .*state_dict"),
        ("import torch; torch.hub.list", AttributeError, r"torch\.hub\.list is not"),
        ("import torch; torch.xpu.Stream", AttributeError, r"torch\.xpu\.Stream is not .*acceler"),
        (
            "import torch.onnx; torch.onnx.export",
            AttributeError,
            r"torch\.onnx\.export .*state_dict",
        ),
        ("import torch; torch.distributed.gather", AttributeError, r"distributed\.gather is not"),
        ("import torch.distributed.fsdp", ImportError, r"torch\.distributed\.fsdp is not"),
        ("import torch; torch.distributed.get_rank()", ValueError, r"get_rank\] .*one process"),
        ("import torch; torch.distributed.barrier()", StateError, r"barrier\] .*is_available"),
        (
            "from torch.nn.parallel import DistributedDataParallel as D; D(None, device_ids=[0])",
            StateError,
            "one process",
        ),
        ("from torch.nn import NoSuchLayer", ImportError, "NoSuchLayer"),
    ],
)
def test_what_is_missing_says_so(alias, statement, error, message):
    with pytest.raises(error, match=message):
        exec(statement, {})


def package(tmp_path, monkeypatch, **files):
    """A package torchvision where Python looks first."""
    (tmp_path / "torchvision").mkdir()
    for name, text in files.items():
        (tmp_path / "torchvision" / name.replace("__py", ".py").replace("__so", ".so")).write_text(
            text
        )
    monkeypatch.syspath_prepend(tmp_path)


def test_torchvision_is_not_installed(alias, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert importlib.util.find_spec("torchvision") is None
    with pytest.raises(ModuleNotFoundError, match="No module named 'torchvision'"):
        import torchvision.datasets  # noqa: F401
    assert "torchvision" not in sys.modules


def test_torchvision_with_code_for_pytorch(alias, monkeypatch, tmp_path):
    package(tmp_path, monkeypatch, __init____py="1 / 0", _C__so="")
    assert importlib.util.find_spec("torchvision") is not None
    for statement in ("import torchvision", "from torchvision.datasets import MNIST"):
        with pytest.raises(ImportError, match=r"torchvision is not in plugtorch: .*from_numpy"):
            exec(statement, {})
    assert "torchvision" not in sys.modules


def test_another_torchvision_in_python_alone(alias, monkeypatch, tmp_path):
    package(tmp_path, monkeypatch, __init____py="import torch", ops__py="from torch import ones")
    from torchvision.ops import ones

    assert ones is plugtorch.ones
    del sys.modules["torchvision"], sys.modules["torchvision.ops"]


def test_a_script_is_told_what_to_do_without_torchvision(tmp_path):
    done = run(tmp_path, "import sys\nsys.path[:] = []\nimport torchvision", check=False)
    assert done.returncode == 1
    assert "No module named 'torchvision'" in done.stderr
    assert "from_numpy" in done.stderr


def test_what_scripts_ask_before_they_use_it(alias):
    import torch.distributed as dist
    import torch.onnx
    from torch.distributed import destroy_process_group, init_process_group
    from torch.nn.parallel import DistributedDataParallel, data_parallel

    assert not dist.is_available()
    assert not dist.is_initialized()
    assert not torch.xpu.is_available()
    assert torch.xpu.device_count() == 0
    assert callable(init_process_group)
    assert callable(destroy_process_group)
    layer, x = torch.nn.Linear(2, 1), torch.ones(3, 2)
    assert not isinstance(layer, DistributedDataParallel)
    assert data_parallel(layer, x, range(1)).equal(layer(x))
    with pytest.raises(ArgumentError, match="one device"):
        data_parallel(layer, x, [0, 1])


def test_tqdm_of_the_hub(alias, monkeypatch):
    import torch

    bar = type(sys)("tqdm")
    bar.tqdm = list
    monkeypatch.setitem(sys.modules, "tqdm", bar)
    assert torch.hub.tqdm is list
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(AttributeError, match="pip install tqdm"):
        torch.hub.tqdm  # noqa: B018


@pytest.mark.parametrize("name", left_out.REASONS)
def test_what_is_said_to_be_missing_is(name):
    value = plugtorch
    for part in name.split("."):
        value = getattr(value, part, None)
    assert value is None


def test_uninstall_leaves_nothing(alias):
    import torch.nn.functional

    torch_alias.install()  # twice does no harm
    torch_alias.uninstall()
    assert not [name for name in sys.modules if name.partition(".")[0] == "torch"]
    assert torch_alias._FINDER not in sys.meta_path
    assert torch.nn.functional is plugtorch.nn.functional
    torch_alias.uninstall()


def test_pytorch_itself_was_imported_before(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", type(sys)("torch"))
    with pytest.raises(ArgumentError, match="already imported"):
        torch_alias.install()
    assert torch_alias._FINDER not in sys.meta_path
    torch_alias.uninstall()
    assert "torch" in sys.modules  # it is not ours


# -- scripts -----------------------------------------------------------------------------------


def test_a_script_is_run_as_python_would(tmp_path):
    lines = run(
        tmp_path,
        """
        import sys, os, warnings
        import torch
        import beside
        import __main__

        class Net(torch.nn.Module):
            pass

        if __name__ == "__main__":
            os.chdir("/")
            print(sys.argv[1:], os.path.basename(__file__), os.path.exists(__file__))
            print(beside.torch is torch, __main__.Net is Net, Net.__module__)
            print(torch.accelerator.current_accelerator() if "--cpu" in sys.argv else "")
        """,
        "--epochs",
        "3",
        "--device",
        "x",
        "--help",
        files=[("beside.py", "import torch")],
    )
    assert lines == [
        "['--epochs', '3', '--device', 'x', '--help'] script.py True",
        "True True __main__",
        "",
    ]
    assert not list(tmp_path.glob("__pycache__/script*"))


def test_the_error_of_a_script_is_shown_as_python_shows_it(tmp_path):
    done = run(
        tmp_path,
        """
        import warnings
        import torch
        warnings.warn("beware", UserWarning)
        torch.ones(2) + torch.ones(3)
        """,
        check=False,
    )
    assert done.returncode == 1
    assert 'script.py", line 5, in <module>\n    torch.ones(2) + torch.ones(3)' in done.stderr
    assert "script.py:4: UserWarning: beware" in done.stderr
    assert "exec_module" not in done.stderr  # nothing of ours before the script
    assert run(tmp_path, "raise SystemExit(7)", check=False).returncode == 7
    assert "SyntaxError" in run(tmp_path, "x = = 1", check=False).stderr
    missing = subprocess.run(
        [sys.executable, "-m", "plugtorch", "run", tmp_path / "no.py"],
        capture_output=True,
        text=True,
    )
    assert missing.returncode == 2
    assert "no.py" in missing.stderr


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_data_sets_of_a_script_go_to_other_processes(tmp_path, method):
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    lines = run(
        tmp_path,
        f"""
        import multiprocessing
        import torch
        from torch.utils.data import Dataset

        class Squares(Dataset):
            def __len__(self):
                return 4
            def __getitem__(self, i):
                return torch.tensor(float(i)) ** 2

        def total(dataset):
            import torch.nn.functional as F
            assert type(dataset) is Squares, type(dataset)
            return F.relu(sum(dataset[i] for i in range(len(dataset)))), torch.__name__

        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                print(pool.apply(total, (Squares(),)))
        """,
    )
    assert lines == ["(tensor(14.), 'plugtorch')"]


def test_the_device_of_a_run(tmp_path):
    source = """
        import torch
        print(torch.ones(1).device, torch.accelerator.is_available())
    """
    assert run(tmp_path, source, options=["--device", "cpu"]) == ["cpu False"]
    wrong = run(tmp_path, source, options=["--device", "abacus"], check=False)
    assert wrong.returncode == 2
    assert "abacus" in wrong.stderr
