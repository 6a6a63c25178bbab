"""Every error that plugtorch raises on purpose.

    PlugtorchError
    |- ShapeError            sizes that do not fit together: RuntimeError, ValueError
    |- DTypeError            a dtype that the operation does not take: RuntimeError, TypeError
    |- ArgumentError         a value out of its range, options that contradict: ValueError
    |- IndexRangeError       an index or a class outside what there is: IndexError
    |- AutogradError         no graph, a graph used up, a leaf overwritten: RuntimeError
    |- LinAlgError           a matrix that is singular or not positive-definite: RuntimeError
    |- StateError            a state_dict of another model: RuntimeError, ValueError
    |- CheckpointError       a file that is truncated, foreign or unsafe: RuntimeError, ValueError
    |- WorkerError           a DataLoader's process that died or takes too long: RuntimeError
    |- DeviceError           no such device, tensors on different ones: RuntimeError
    |  |- UnsupportedError   a device without this operation or dtype: NotImplementedError
    |  `- OutOfMemoryError   it does not fit, with sizes: MemoryError
    `- PluginError           anything about finding and loading plugins: RuntimeError
       |- UnknownNameError   nobody offers that name: ValueError, LookupError
       |- AmbiguousNameError several do; say whose: ValueError, LookupError
       `- BrokenPluginError  it is installed but failed; the cause is kept

Each also derives from the builtin that a user of PyTorch expects, so ``except RuntimeError`` in
existing code goes on working. A message reads ``[operation] what was given, what was needed. What
to do.``
"""


class PlugtorchError(Exception):
    """The root: ``except PlugtorchError`` catches everything raised on purpose."""


class ShapeError(PlugtorchError, RuntimeError, ValueError):
    """Sizes that do not fit together."""


class DTypeError(PlugtorchError, RuntimeError, TypeError):
    """A dtype that the operation does not take."""


class ArgumentError(PlugtorchError, RuntimeError, ValueError):
    """A value out of its range, or options that contradict each other."""


class IndexRangeError(PlugtorchError, RuntimeError, IndexError):
    """An index, or a class number, outside what there is."""


class AutogradError(PlugtorchError, RuntimeError):
    """No graph to go back through, a graph used up, or a leaf that would be overwritten."""


class LinAlgError(PlugtorchError, RuntimeError):
    """A matrix without an inverse or a factor, or an algorithm that does not converge."""


class StateError(PlugtorchError, RuntimeError, ValueError):
    """A state_dict that belongs to another model or optimizer."""


class CheckpointError(PlugtorchError, RuntimeError, ValueError):
    """A file that is truncated, of another kind, or unsafe to read."""


class WorkerError(PlugtorchError, RuntimeError):
    """A DataLoader's worker process that died, or takes longer than the timeout."""


class DeviceError(PlugtorchError, RuntimeError):
    """No such device, or tensors on different devices."""


class UnsupportedError(DeviceError, NotImplementedError):
    """A device that lacks this operation or dtype."""


class OutOfMemoryError(DeviceError, MemoryError):
    """An allocation that does not fit; the message has the sizes."""


class PluginError(PlugtorchError, RuntimeError):
    """Anything about finding and loading plugins."""


class UnknownNameError(PluginError, ValueError, LookupError):
    """Nobody offers that name; near ones are listed."""


class AmbiguousNameError(PluginError, ValueError, LookupError):
    """Several plugins offer that name; ``distribution:name`` says which is meant."""


class BrokenPluginError(PluginError):
    """The plugin is installed but failed; ``__cause__`` is what it raised."""


class PluginWarning(UserWarning):
    """A plugin that was left out, or a switch that names nothing."""
