"""Sizes: how large an output is, what one of its entries has seen, and options given once or for two axes."""

from numbers import Integral

from dlnotes import arguments


def pair(name, value, *, least=1):
    """An option for height and width, given as one integer for both or as two."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or not all(isinstance(one, Integral) and not isinstance(one, bool) for one in both):
        raise ValueError(f"{name}: got {value!r}, want an integer or a tuple of two")
    if min(both) < least:
        raise ValueError(f"{name}: got {value!r}, want at least {least}")
    return int(both[0]), int(both[1])


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, along one axis.

    DLNN (6.22), E.3 R1-R7; Strang VII.2 (7); EE147.  Strang and EE147 leave out the floor.
    """
    arguments.counts(size=size, kernel=kernel, stride=stride, dilation=dilation)
    arguments.counts(0, padding=padding)
    reach, room = dilation * (kernel - 1) + 1, size + 2 * padding
    if reach > room:
        spread = f"dilation {dilation} * ({kernel} - 1) + 1 = " if dilation > 1 else ""
        raise ValueError(
            f"kernel: got {kernel}, which covers {spread}{reach} entries; "
            f"want at most {size} + 2 * {padding} = {room}, the padded input"
        )
    return (room - reach) // stride + 1


def transposed_size(size, kernel, *, stride=1, padding=0, dilation=1, output_padding=0):
    """(size - 1) stride + dilation (kernel - 1) + 1 - 2 padding + output_padding, along one axis.

    The input size of the convolution that makes `size` outputs; several have, and output_padding, from 0 to
    stride - 1, picks one.  (PyTorch takes any below the dilation, too, which make more outputs than `size`.)

    DLNN E.5 R8-R14, where R12-R14 mean i' itself, not the stretched size
    """
    arguments.counts(size=size, kernel=kernel, stride=stride, dilation=dilation)
    arguments.counts(0, padding=padding, output_padding=output_padding)
    if output_padding >= stride:
        raise ValueError(
            f"output_padding: got {output_padding}, want 0 ... {stride - 1}, less than the stride"
        )
    made = (size - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding + output_padding
    if made < 1:
        raise ValueError(
            f"padding: got {padding}; ({size} - 1) * {stride} + {dilation} * ({kernel} - 1) + 1 "
            f"- 2 * {padding} + {output_padding} = {made} outputs are left, want at least 1"
        )
    return made


def pool_options(size, stride, padding):
    """Size, stride and padding of a pool as pairs; stride None is `size`, side by side."""
    kernel, around = pair("size", size), pair("padding", padding, least=0)
    if any(2 * p > k for p, k in zip(around, kernel, strict=True)):
        raise ValueError(
            f"padding: got {padding}, want at most half of the size {size}: no window is all padding"
        )
    return kernel, kernel if stride is None else pair("stride", stride), around


def divides(what, whole, groups):
    """Refuse groups that leave a rest: `divides("channels", 6, 4)`."""
    if whole % groups:
        rest = f"{whole // groups} * {groups} + {whole % groups}"
        raise ValueError(f"groups: got {groups}, want a divisor of the {what}: {whole} = {rest}")


def receptive_field(layers):
    """What one output of a stack of layers has seen of the input: (field, jump, start), along one axis.

    layers, first one first: (kernel, stride, padding) or (kernel, stride, padding, dilation) each.
    field, its width in entries;  jump, the distance between the fields of neighboring outputs;  start, where
    the first field begins, negative in the padding.

    GBC 9.2, Figure 9.4; Strang VII.2; EE147 VGGNet
    """
    field, jump, start = 1, 1, 0
    for number, layer in enumerate(layers):
        name = f"layers[{number}]"
        if not isinstance(layer, tuple) or len(layer) not in (3, 4):
            raise ValueError(f"{name}: got {layer!r}, want (kernel, stride, padding) and maybe a dilation")
        kernel, stride, padding, dilation = layer if len(layer) == 4 else (*layer, 1)
        arguments.counts(**{f"kernel of {name}": kernel, f"stride of {name}": stride})
        arguments.counts(**{f"dilation of {name}": dilation})
        arguments.counts(0, **{f"padding of {name}": padding})
        field += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return field, jump, start
