"""What ``plugtorch train`` runs, usable without the command line too.

task.py is what can be trained, builtin.py the tasks that come along, metrics.py how results are
measured, loop.py one epoch, run.py a training that can stop and go on, curves.py its picture.
"""

from plugtorch.training.metrics import accuracy, r2, rmse
from plugtorch.training.run import Run, Settings
from plugtorch.training.task import Task, find_task

__all__ = ["Run", "Settings", "Task", "accuracy", "find_task", "r2", "rmse"]
