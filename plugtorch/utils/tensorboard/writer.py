"""SummaryWriter: tensorboardX's, with plugtorch's tensors and PyTorch's arguments."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from plugtorch.dtypes import bfloat16
from plugtorch.errors import UnsupportedError
from plugtorch.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_number = itertools.count()


class SummaryWriter:
    """Writes what happens during a training into a folder that TensorBoard shows.

    log_dir: the folder; None for a new one in "runs", named by time and machine and, at the end,
    comment. purge_step: what was written from that step on, before a crash, is not shown.
    max_queue, flush_secs: how many entries, and seconds, may pass before the file is written.
    filename_suffix: the end of the file's name.

    In all that follows: tag: what it is called; a / makes groups. global_step: how far the training
    is. walltime: seconds since 1970, None for now. Values may be tensors, arrays or numbers.

    As torch.utils.tensorboard.SummaryWriter.
    """

    def __init__(
        self,
        log_dir: str | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        self._options: dict[str, Any] = {
            "comment": comment,
            "purge_step": purge_step,
            "max_queue": max_queue,
            "flush_secs": flush_secs,
        }
        self._suffix = filename_suffix
        self._writer: Any = None
        self.log_dir = "" if log_dir is None else str(log_dir)
        self.log_dir = self._open().logdir

    def _open(self) -> Any:
        """tensorboardX's writer, a new one after ``close``."""
        if self._writer is None:
            import tensorboardX

            # its files are named by the second, and one opened in the same would replace another
            suffix = f".{os.getpid()}.{next(_number)}{self._suffix}"
            self._writer = tensorboardX.SummaryWriter(
                logdir=self.log_dir, filename_suffix=suffix, **self._options
            )
            self._options["purge_step"] = None
        return self._writer

    def get_logdir(self) -> str:
        """The folder."""
        return self.log_dir

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """A number, as float32. new_style and double_precision change nothing."""
        self._open().add_scalar(tag, _plain(scalar_value), global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Numbers in one diagram, each written in a folder of its own."""
        self._open().add_scalars(main_tag, _plain(tag_scalar_dict), global_step, walltime)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How many values have which size. bins: "tensorflow", or what numpy.histogram takes."""
        self._open().add_histogram(tag, _plain(values), global_step, bins, walltime, max_bins)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """A picture: uint8, or floats from 0 to 1. dataformats: the order of its axes. It needs the
        package pillow.
        """
        self._open().add_image(tag, _plain(img_tensor), global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Pictures side by side."""
        self._open().add_images(tag, _plain(img_tensor), global_step, walltime, dataformats)

    def add_figure(
        self,
        tag: str,
        figure: Figure | Sequence[Figure],
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """What matplotlib has drawn. close: whether its window is closed."""
        self._open().add_figure(tag, figure, global_step, close, walltime)

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A text, in Markdown."""
        self._open().add_text(tag, text_string, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Precision and recall of a classifier: labels 0 or 1, predictions from 0 to 1."""
        labels, predictions, weights = map(_plain, (labels, predictions, weights))
        self._open().add_pr_curve(
            tag, labels, predictions, global_step, num_thresholds, weights, walltime
        )

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """The options of a training and what came of it, in a folder run_name.

        hparam_domain_discrete: accepted; what there may be is seen from what there is.
        """
        options, metrics = _plain(dict(hparam_dict)), _plain(dict(metric_dict))
        options = {name: value for name, value in options.items() if value is not None}
        self._open().add_hparams(options, metrics, run_name, global_step)

    def add_graph(self, model: Any, input_to_model: Any = None, *_: Any, **__: Any) -> None:
        """Raises UnsupportedError: models are not traced."""
        raise UnsupportedError(
            "[tensorboard] add_graph: models are not traced. Use add_text with print(model)'s text."
        )

    def flush(self) -> None:
        """Write everything to disk now."""
        self._open().flush()

    def close(self) -> None:
        """Write everything, and close the files. What is added later goes into new ones."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _plain(value: Any) -> Any:
    """Tensors as NumPy arrays, also in mappings and lists; the rest as it is."""
    if isinstance(value, Tensor):
        value = value.detach()
        return (value.float() if value.dtype is bfloat16 else value).cpu().numpy()
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
