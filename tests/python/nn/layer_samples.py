"""Every layer once, with inputs: what the tests of layers go through. No test of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np


@dataclass
class Sample:
    """How a layer is made from a module of layers (ours or MLX's), and what it is called with."""

    name: str
    make: Callable[[Any], Any]
    shapes: tuple = ()
    integers: int = 0  # inputs are integers below this
    keywords: dict = field(default_factory=dict)
    smooth: bool = True  # differences give the gradient

    def inputs(self, seed: int = 0, dtype=np.float32) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        if self.integers:
            return [rng.integers(0, self.integers, shape).astype(np.int32) for shape in self.shapes]
        return [rng.standard_normal(shape).astype(dtype) for shape in self.shapes]


def _one(text: str, *shapes: tuple, **more: Any) -> Sample:
    """A layer from the text that makes it: "Linear(3, 5)"."""
    return Sample(text, lambda nn: eval(f"nn.{text}", {"nn": nn}), shapes, **more)


_flat = (3, 5, 6)  # of element-wise layers; the last axis is even, for GLU

activations = [
    _one(text, _flat)
    for text in [
        "CELU()", "CELU(0.7)", "ELU()", "ELU(1.3)", "GELU()", "GELU('precise')", "GELU('tanh')", "GELU('fast')",
        "GLU()", "GLU(axis=2)", "HardShrink()", "HardShrink(0.2)", "HardTanh()", "Hardswish()", "Identity()",
        "LeakyReLU()", "LeakyReLU(0.2)", "LogSigmoid()", "LogSoftmax()", "Mish()", "PReLU()", "PReLU(6, init=0.1)",
        "ReLU()", "ReLU2()", "ReLU6()", "SELU()", "SiLU()", "Sigmoid()", "Softmax()", "Softmin()", "Softplus()",
        "Softshrink()", "Softshrink(0.1)", "Softsign()", "Step()", "Step(0.3)", "Tanh()",
    ]
]  # fmt: skip

linear = [
    _one("Linear(6, 4)", (3, 6)),
    _one("Linear(6, 4)", (2, 3, 6)),
    _one("Linear(6, 4)", (6,)),
    _one("Linear(6, 4, bias=False)", (3, 6)),
    _one("Bilinear(6, 5, 4)", (3, 6), (3, 5)),
    _one("Bilinear(6, 5, 4, bias=False)", (2, 3, 6), (2, 3, 5)),
    _one("Bilinear(6, 5, 4)", (6,), (5,)),
    _one("Embedding(7, 4)", (3, 2), integers=7),
    _one("Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))", (3, 6)),
    _one("AllToShardedLinear(6, 4)", (3, 6)),
    _one("ShardedToAllLinear(6, 4, bias=False)", (3, 6)),
]

norms = [
    _one("BatchNorm(6)", (8, 6)),
    _one("BatchNorm(6)", (4, 5, 6)),
    _one("BatchNorm(6, momentum=0.3, eps=1e-3, affine=False)", (2, 3, 4, 6)),
    _one("BatchNorm(6, track_running_stats=False)", (4, 6)),
    _one("GroupNorm(3, 6)", (2, 4, 5, 6)),
    _one("GroupNorm(3, 6, pytorch_compatible=True)", (2, 4, 5, 6)),
    _one("GroupNorm(2, 6, affine=False)", (2, 4, 6)),
    _one("GroupNorm(2, 6)", (4, 6)),
    _one("InstanceNorm(6)", (2, 4, 5, 6)),
    _one("InstanceNorm(6, affine=True, eps=1e-3)", (2, 4, 6)),
    _one("LayerNorm(6)", (3, 5, 6)),
    _one("LayerNorm(6, bias=False, eps=1e-3)", (5, 6)),
    _one("LayerNorm(6, affine=False)", (5, 6)),
    _one("RMSNorm(6)", (3, 5, 6)),
    _one("RMSNorm(6, eps=1e-2)", (6,)),
]

convolutions = [
    _one("Conv1d(4, 6, 3)", (2, 9, 4)),
    _one("Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False)", (2, 9, 4)),
    _one("Conv2d(3, 4, 3)", (2, 7, 8, 3)),
    _one("Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=2, groups=2)", (2, 9, 8, 4)),
    _one("Conv3d(2, 3, 2)", (1, 4, 5, 4, 2)),
    _one("Conv3d(2, 3, (2, 1, 3), stride=2, padding=1, bias=False)", (1, 4, 5, 4, 2)),
    _one("ConvTranspose1d(4, 6, 3)", (2, 5, 4)),
    _one("ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1)", (2, 5, 4)),
    _one("ConvTranspose2d(3, 4, 3)", (2, 4, 5, 3)),
    _one("ConvTranspose2d(3, 4, (3, 2), stride=2, padding=(1, 0), output_padding=(1, 0), bias=False)", (2, 4, 5, 3)),
    _one("ConvTranspose3d(2, 3, 2, stride=2)", (1, 3, 2, 3, 2)),
]

pools = [
    _one("MaxPool1d(2)", (2, 8, 3)),
    _one("MaxPool1d(3, stride=1)", (2, 8, 3)),
    _one("MaxPool1d(3, stride=2, padding=1)", (2, 8, 3)),
    _one("MaxPool2d(2)", (2, 6, 7, 3)),
    _one("MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0))", (2, 6, 7, 3)),
    _one("MaxPool3d(2)", (1, 4, 5, 4, 2)),
    _one("MaxPool3d((1, 2, 3), stride=1, padding=(0, 1, 0))", (1, 4, 5, 4, 2)),
    _one("AvgPool1d(2)", (2, 8, 3)),
    _one("AvgPool1d(3, stride=2, padding=1)", (2, 8, 3)),
    _one("AvgPool1d(2, stride=3)", (2, 8, 3)),
    _one("AvgPool2d(2)", (2, 6, 7, 3)),
    _one("AvgPool2d(3, stride=2, padding=1)", (2, 6, 7, 3)),
    _one("AvgPool3d(2, stride=2, padding=1)", (1, 4, 5, 4, 2)),
]

encodings = [
    _one("RoPE(6)", (2, 3, 5, 6)),
    _one("RoPE(4, traditional=True, base=100.0, scale=0.5)", (2, 3, 5, 6), keywords={"offset": 3}),
    _one("SinusoidalPositionalEncoding(8)", (3, 5)),
    _one("SinusoidalPositionalEncoding(8, 0.01, 10, scale=1, cos_first=True, full_turns=True)", (3, 5)),
    _one("ALiBi()", (2, 4, 5, 5)),
    _one("ALiBi()", (2, 6, 3, 7), keywords={"offset": 4}),
]

recurrent = [
    _one("RNN(4, 5)", (2, 6, 4)),
    _one("RNN(4, 5, bias=False)", (6, 4), (5,)),
    _one("LSTM(4, 5)", (2, 6, 4)),
    _one("LSTM(4, 5, bias=False)", (2, 6, 4), (2, 5), (2, 5)),
    _one("GRU(4, 5)", (2, 6, 4)),
    _one("GRU(4, 5)", (2, 6, 4), (2, 5)),
    _one("GRU(4, 5, bias=False)", (6, 4)),
]

attention = [
    _one("MultiHeadAttention(8, 2)", (2, 5, 8), (2, 6, 8), (2, 6, 8)),
    _one(
        "MultiHeadAttention(8, 2, query_input_dims=6, key_input_dims=4, value_input_dims=3, value_dims=4, "
        "value_output_dims=7, bias=True)", (2, 5, 6), (2, 6, 4), (2, 6, 3),
    ),
    _one("MultiHeadAttention(8, 2)", (2, 5, 8), (2, 5, 8), (2, 5, 8), (5, 5)),
    _one("TransformerEncoderLayer(8, 2)", (2, 5, 8), keywords={"mask": None}),
    _one("TransformerEncoderLayer(8, 2, mlp_dims=12, norm_first=False)", (2, 5, 8), (5, 5)),
    _one("TransformerEncoder(2, 8, 2)", (2, 5, 8), keywords={"mask": None}),
    _one("TransformerEncoder(2, 8, 2, checkpoint=True)", (2, 5, 8), keywords={"mask": None}),
    _one("TransformerDecoderLayer(8, 2)", (2, 5, 8), (2, 6, 8), keywords={"x_mask": None, "memory_mask": None}),
    _one("TransformerDecoder(2, 8, 2, norm_first=False)", (2, 5, 8), (2, 6, 8), (5, 5), (5, 6)),
    _one(
        "Transformer(8, 2, 1, 2, mlp_dims=12)", (2, 6, 8), (2, 5, 8),
        keywords={"src_mask": None, "tgt_mask": None, "memory_mask": None},
    ),
]  # fmt: skip

upsamples = [
    _one(f"Upsample({scale}, mode={mode!r}, align_corners={corners})", shape)
    for scale, shape in [("2", (2, 4, 5, 3)), ("(1.5, 3)", (2, 4, 5, 3)), ("0.6", (2, 7, 3)), ("2", (1, 2, 3, 2, 2))]
    for mode in ("nearest", "linear", "cubic")
    for corners in (False, True)
] + [
    _one("Upsample(0.4, mode='linear', antialias=True)", (2, 7, 3)),
    _one("Upsample((2.0, 0.5), mode='cubic', antialias=True)", (2, 4, 6, 3)),
]

random_layers = [
    _one("Dropout(0.4)", (3, 50)),
    _one("Dropout2d(0.4)", (3, 4, 4, 10)),
    _one("Dropout2d(0.4)", (4, 4, 10)),
    _one("Dropout3d(0.4)", (3, 2, 2, 2, 10)),
]

for sample in activations:
    sample.smooth = not sample.name.startswith(("Step", "HardShrink"))

deterministic = [
    *activations, *linear, *norms, *convolutions, *pools, *encodings, *recurrent, *attention, *upsamples,
]  # fmt: skip
every = [*deterministic, *random_layers]


def name_of(sample: Sample) -> str:
    return f"{sample.name}-{'-'.join('x'.join(map(str, shape)) for shape in sample.shapes)}"
