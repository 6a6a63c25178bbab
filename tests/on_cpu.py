"""Tests that say nothing about another device, left out with ``--device``; each with why."""

from __future__ import annotations

MEMORY = "shares memory with NumPy, which only the processor's tensors do"
BY_DESIGN = "looks at values, which waits for a device that computes later"
WORDS = "what is printed names a device that is not the processor"
TWO = "moves between the processor and a second device that computes as it does"
PROCESS = "runs in a process of its own, which says its device itself"
DOUBLE = "differences tell something in float64, which not every device has"
PIECES = "the processor's optimizers go through memory in pieces, and these look how"

ON_CPU: dict[str, str] = {
    "core/test_scripts.py::": PROCESS,
    "core/test_torch_alias.py::": PROCESS,
    "core/test_bad_torch_files.py::": "refused before anything reaches a device",
    "core/test_conversion.py::test_there_and_back": MEMORY,
    "core/test_conversion.py::test_what_numpy_gets_may_be_written": MEMORY,
    "core/test_conversion.py::test_tensors_with_gradients_are_not_given_away": MEMORY,
    "core/test_conversion.py::test_numpy_functions_take_tensors": MEMORY,
    "core/test_conversion.py::test_dlpack_of_a_view": MEMORY,
    "core/test_sharing.py::test_copy_takes_values_not_memory": MEMORY,
    "core/test_sharing.py::test_each_element_has_memory_of_its_own": MEMORY,
    "core/test_sharing.py::test_gradients_share_memory_with_nobody": MEMORY,
    "core/test_graph.py::test_numpy_sees_a_copy_once_the_tensor_is_written": MEMORY,
    "core/test_loss.py::test_a_probability_that_is_none": BY_DESIGN,
    "core/test_bad_losses.py::test_what_is_out_of_a_range_that_is_no_class": BY_DESIGN,
    "core/test_repr.py::": WORDS,
    "core/test_profiler.py::": "the processor runs operations one by one, which is what is counted",
    "core/test_tensor.py::test_formatting": WORDS,
    "core/test_tensor.py::test_the_default_device": "about the default that --device changes",
    "core/test_optimizer_recording.py::test_parameters_share_a_note": PIECES,
    # state_dict() copies no tensor; only small parameters of the processor get new ones in a step
    "core/test_optimizer_state.py::test_what_was_saved_does_not_change_with_later_steps": PIECES,
    "core/test_optimizer_recording.py::test_a_value_kept_elsewhere_is_not_written": MEMORY,
    "core/test_optimizer_recording.py::test_memory_in_another_order": MEMORY,
    "core/test_gradcheck.py::": DOUBLE,
    "core/test_bessel.py::test_derivatives_of_bessel_functions": DOUBLE,
    "core/test_nn_device.py::test_moving_a_module": TWO,
    "core/test_nn_device.py::test_initialising_there": TWO,
    "core/test_nn_device.py::test_batches_and_clipping_there": TWO,
    "core/test_swa.py::test_batches_with_targets_and_on_a_device": TWO,
}


def reason(name: str) -> str:
    """Why a test, by its pytest name, is left out; "" for those that are not."""
    name = name.removeprefix("tests/")
    return next((why for start, why in ON_CPU.items() if name.startswith(start)), "")
