"""Where time goes on every device: ``profile``, and ``kernels`` for whoever works on a backend.

    with plugtorch.profiler.profile() as p:
        train_some_steps()
    print(p)
    p.export_chrome_trace("trace.json")

``docs/profiling.md`` explains what the numbers mean on which device. The names are those of
torch.profiler where it has them.
"""

from plugtorch.profiler.explaining import kernels
from plugtorch.profiler.session import profile
from plugtorch.profiler.table import Row, Rows
from plugtorch.record import Record

__all__ = ["Record", "Row", "Rows", "kernels", "profile"]
