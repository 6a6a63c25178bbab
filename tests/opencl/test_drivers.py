"""Which drivers are found, and what is said of those that are not."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from drivers_here import printed, python

from plugtorch.cli import main
from plugtorch.errors import DeviceError
from plugtorch_opencl import devices, drivers, reasons

PYOPENCL = importlib.util.find_spec("pyopencl") is not None
LINUX = sys.platform.startswith("linux")
INTEL = Path(sys.prefix, "lib", "libintelocl.so").exists()

needs_pyopencl = pytest.mark.skipif(not PYOPENCL, reason="pyopencl is not installed")
needs_linux = pytest.mark.skipif(not LINUX, reason="only Linux announces drivers by files")
needs_intel = pytest.mark.skipif(
    not (PYOPENCL and INTEL), reason="Intel's runtime from PyPI is not installed"
)

NAMES = "[found.info.extra.get('platform', found.info.name) for found in devices.find()]"
LIST = f"from plugtorch_opencl import devices; print({NAMES})"
HALT = "import sys; sys.modules['pyopencl'] = None\n"  # as if it were not installed


def command(*arguments: str, before: str = "") -> str:
    return f"{before}from plugtorch.cli import main\nmain({list(arguments)!r})"


# -- without pyopencl ------------------------------------------------------------------------------


def test_importing_the_backend_imports_no_pyopencl() -> None:
    assert (
        printed(
            "import sys\n"
            "from plugtorch import registry\n"
            "assert 'opencl' in registry.names('backend')\n"
            "import plugtorch\n"
            "plugtorch.device('opencl:1')\n"
            "import plugtorch_opencl.backend\n"
            "print('pyopencl' in sys.modules)"
        )
        == "False"
    )


def test_without_pyopencl_using_the_device_says_what_to_install() -> None:
    ended = python(f"{HALT}import plugtorch\nplugtorch.ones(2, device='opencl')")
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("plugtorch.errors.DeviceError: [device] there is no device opencl")
    assert 'pyopencl is not installed. Run: pip install "plugtorch[opencl]"' in last


def test_without_pyopencl_listing_and_doctor_go_on() -> None:
    listing = printed(command("devices", before=HALT))
    assert 'opencl: pyopencl is not installed. Run: pip install "plugtorch[opencl]"' in listing
    examined = printed(command("doctor", before=HALT))  # a missing extra is nothing wrong
    assert "pyopencl is not installed" in examined


def test_a_pyopencl_that_cannot_be_imported(tmp_path: Path) -> None:
    tmp_path.joinpath("pyopencl.py").write_text("raise ImportError('libOpenCL.so.1: no such file')")
    text = printed(LIST.replace(NAMES, "devices.find()[0].info.problem"), PYTHONPATH=str(tmp_path))
    assert text.startswith("pyopencl cannot be imported: libOpenCL.so.1: no such file. Run: pip")


# -- announced by files ----------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The system's folder and that of an environment, both empty."""
    system, environment = tmp_path / "vendors", tmp_path / "environment"
    system.mkdir()
    (environment / "etc/OpenCL/vendors").mkdir(parents=True)
    (environment / "lib").mkdir()
    monkeypatch.setenv("OPENCL_VENDOR_PATH", str(system))
    monkeypatch.delenv("OCL_ICD_VENDORS", raising=False)
    monkeypatch.setattr(drivers, "roots", lambda: [environment])
    return system, environment


@needs_linux
def test_a_file_that_names_a_folder_of_another_machine(folders: tuple[Path, Path]) -> None:
    _, environment = folders
    announced = environment / "etc/OpenCL/vendors/cpu.icd"
    announced.write_text("/built/here/lib/libdriver.so\n")
    assert drivers.installed.__wrapped__() == ()  # not there: nobody asked for it
    library = environment / "lib/libdriver.so"
    library.write_text("no library")
    (driver,) = drivers.installed.__wrapped__()
    assert (driver.library, driver.ours) == (str(library), True)
    assert str(library) in driver.problem  # the system says why it cannot be opened


@needs_linux
def test_a_driver_of_the_system_that_cannot_be_opened(folders: tuple[Path, Path]) -> None:
    system, _ = folders
    system.joinpath("a.icd").write_text("libnosuchdriver.so.1")
    system.joinpath("b.icd").write_text("")
    system.joinpath("c.txt").write_text("nothing to do with it")
    missing, empty = drivers.installed.__wrapped__()
    assert "libnosuchdriver.so.1" in missing.problem
    assert "empty" in empty.problem


@needs_linux
def test_of_two_that_bring_one_library_the_systems_is_taken(folders: tuple[Path, Path]) -> None:
    system, environment = folders
    system.joinpath("one.icd").write_text("libm.so.6")
    environment.joinpath("etc/OpenCL/vendors/two.icd").write_text("/built/here/libm.so.6")
    environment.joinpath("lib/libm.so.6").write_text("another")
    (driver,) = drivers.installed.__wrapped__()
    assert (driver.library, driver.ours, driver.problem) == ("libm.so.6", False, "")


def test_a_missing_library_of_intel_names_its_package() -> None:
    text = "libsvml.so: cannot open shared object file: No such file or directory"
    assert drivers._remedy(text).endswith("pip install intel-cmplr-lib-rt")
    assert drivers._remedy("libother.so: cannot open") == ""


@needs_linux
@needs_pyopencl
def test_a_broken_driver_is_a_line_and_no_failure(tmp_path: Path) -> None:
    tmp_path.joinpath("broken.icd").write_text("libnosuchdriver.so.1")
    listing = printed(command("devices"), OPENCL_VENDOR_PATH=str(tmp_path))
    assert "opencl broken: libnosuchdriver.so.1: cannot open shared object file" in listing


# -- the loader ------------------------------------------------------------------------------------


@needs_linux
def test_what_the_loader_is_shown_and_for_how_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OCL_ICD_VENDORS", raising=False)
    shown = [
        drivers.Driver(tmp_path / "a.icd", "liba.so", ours=False),
        drivers.Driver(tmp_path / "b.icd", "libb.so", ours=False, problem="it is broken"),
        drivers.Driver(tmp_path / "c.icd", "/lib/libc.so", ours=True),
    ]
    with drivers.shown_to_loader(shown):
        folder = Path(os.environ["OCL_ICD_VENDORS"])
        assert [p.read_text() for p in sorted(folder.iterdir())] == ["liba.so\n", "/lib/libc.so\n"]
    assert not folder.exists()
    assert "OCL_ICD_VENDORS" not in os.environ
    with drivers.shown_to_loader(shown[:2]):  # the loader finds those by itself
        assert "OCL_ICD_VENDORS" not in os.environ


@needs_intel
def test_intels_runtime_is_found_and_hides_no_other() -> None:
    clean = {"without": ("OCL_ICD_VENDORS", "LD_LIBRARY_PATH")}
    names = printed(LIST, **clean)
    assert "Intel(R) OpenCL" in names
    if importlib.util.find_spec("pocl_binary_distribution"):
        assert "Portable Computing Language" in names
    for announced in drivers.SYSTEM.glob("rusticl.icd"):
        assert "rusticl" in names, announced


@needs_intel
def test_where_the_user_says_what_the_loader_sees_that_is_so(tmp_path: Path) -> None:
    names = printed(LIST, OCL_ICD_VENDORS=str(tmp_path))
    assert "Intel(R) OpenCL" not in names
    assert "rusticl" not in names


@needs_intel
def test_too_late_for_a_driver_is_said() -> None:
    first = "import pyopencl; pyopencl.get_platforms()\n"
    text = printed(f"{first}{LIST}\nprint([found.info.problem for found in devices.find()])")
    assert "Use plugtorch's device before pyopencl's own functions" in text


# -- why a driver offers nothing -------------------------------------------------------------------


def test_rusticl_is_told_for_the_card_that_is_there(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    for number, name in enumerate(("amdgpu", "i915", "something")):
        modules.joinpath(name).mkdir(parents=True)
        device = tmp_path / "drm" / f"card{number}" / "device"
        device.mkdir(parents=True)
        device.joinpath("driver").symlink_to(modules / name)
    cards = reasons.graphics_cards(tmp_path / "drm")
    assert cards == ["amdgpu", "i915", "something"]
    assert "RUSTICL_ENABLE=iris,radeonsi" in reasons._rusticl("", cards)
    assert "radeonsi for an AMD card" in reasons._rusticl("", ["something"])
    assert "no device for RUSTICL_ENABLE=iris" in reasons._rusticl("iris", cards)


def test_no_driver_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "platforms", lambda: ())
    monkeypatch.setattr(drivers, "installed", lambda: ())
    monkeypatch.delenv("OCL_ICD_VENDORS", raising=False)
    (found,) = devices.find.__wrapped__()
    assert found.info.problem.startswith("no driver is installed.")
    assert 'pip install "plugtorch[opencl]"' in found.info.problem
    monkeypatch.setenv("OCL_ICD_VENDORS", "/nowhere")
    assert "OCL_ICD_VENDORS=/nowhere" in devices.find.__wrapped__()[0].info.problem


def test_listing_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall_over() -> None:
        raise RuntimeError("the driver fell over")

    monkeypatch.setattr(drivers, "platforms", fall_over)
    (found,) = devices.find.__wrapped__()
    assert found.info.problem == "RuntimeError: the driver fell over"


def test_the_error_of_a_missing_pyopencl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    with pytest.raises(DeviceError, match=r"\[opencl\] pyopencl is not installed\. Run: pip"):
        drivers.load_pyopencl()


def test_the_command_line_lists_in_this_process(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["devices", "--json"])
    assert ended.value.code == 0
    assert '"backend": "opencl"' in capsys.readouterr().out
