"""Makes PyTorch's files without PyTorch, good ones and bad ones."""

import io
import pickle
import struct
import zipfile

import numpy

import plugtorch
from plugtorch.serialization.torch_writer import _Pickle


def written(obj):
    file = io.BytesIO()
    plugtorch.save(obj, file, format="torch")
    return file.getvalue()


def loaded(content, **options):
    return plugtorch.load(io.BytesIO(content), **options)


def archive(pickled, storages=(), compression=zipfile.ZIP_STORED, **others):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as out:
        out.writestr("archive/data.pkl", pickled)
        for key, content in enumerate(storages):
            out.writestr(f"archive/data/{key}", content)
        for name, content in others.items():
            out.writestr(f"archive/{name}", content)
    return file.getvalue()


def legacy(obj, little=True, change=lambda parts: parts):
    """A file of before PyTorch 1.6."""
    body = _Pickle()
    body.put(obj, "")
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": little}]
    order = "<" if little else ">"
    parts = [pickle.dumps(part, 2) for part in head]
    parts += [body.finish(), pickle.dumps([str(i) for i in range(len(body.storages))], 2)]
    for array in body.storages:
        parts.append(struct.pack("<q", array.size))
        parts.append(array.astype(array.dtype.newbyteorder(order)).tobytes())
    return b"".join(change(parts))


def tensor(offset=0, size=(2, 3), stride=(3, 1), count=6, kind=b"FloatStorage", key="0", end=b"."):
    """A pickle of one float tensor, as it is asked for."""
    p = _Pickle()
    p.out.write(b"ctorch._utils\n_rebuild_tensor_v2\n(")
    p.out.write(b"(")
    p.put("storage", "")
    p.out.write(b"ctorch\n" + kind + b"\n")
    for part in (key, "cpu", count):
        p.put(part, "")
    p.out.write(b"tQ")
    for part in (offset, size, stride, False):
        p.put(part, "")
    p.out.write(b"ccollections\nOrderedDict\n)RtR" + end)
    return p.out.getvalue()


SIX = numpy.arange(6, dtype="<f4").tobytes()


def text(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()
