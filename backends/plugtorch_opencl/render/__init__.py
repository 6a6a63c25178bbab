"""The text of kernels, made from records and traits alone: nothing here knows pyopencl."""
