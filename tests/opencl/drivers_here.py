"""What tests of the OpenCL backend have in common: the devices of this machine, other processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from plugtorch_opencl import devices

USABLE = [found for found in devices.find() if found.traits is not None]


def index_of(platform: str) -> int:
    """The first usable device of a platform. Skips the test where there is none."""
    for index, found in enumerate(USABLE):
        if found.info.extra["platform"] == platform:
            return index
    pytest.skip(f"there is no device of {platform} here")


def python(
    code: str,
    timeout: float = 60,
    without: tuple[str, ...] = (),
    command: tuple[str, ...] = (),
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a process of its own, by another command and with other environment
    variables.
    """
    environment = {name: value for name, value in os.environ.items() if name not in without}
    return subprocess.run(
        [*command, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**environment, **variables},
    )


def printed(code: str, **options: str) -> str:
    """What ``code`` prints in a process of its own, which has to end well."""
    ended = python(code, **options)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()
