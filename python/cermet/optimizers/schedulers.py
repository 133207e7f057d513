"""Schedules: functions from the number of finished steps to a learning rate (or another setting) of an optimizer.

The step is an int, or the optimizer's own counter (an unsigned scalar array), so that a schedule is part of a compiled
training step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import cermet.core as mx

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["cosine_decay", "exponential_decay", "join_schedules", "linear_schedule", "step_decay"]

Schedule: TypeAlias = Callable[["mx.array | int"], "mx.array | float"]


def _check_count(count: int, name: str, op: str) -> None:
    if isinstance(count, bool) or not isinstance(count, (int, float)):
        raise TypeError(f"[{op}] `{name}` must be a number of steps, not {type(count).__name__}.")
    if not count > 0:
        raise ValueError(f"[{op}] `{name}` must be greater than 0, not {count}.")


def exponential_decay(init: float, decay_rate: float) -> Schedule:
    """init * decay_rate ** step.

    >>> optimizer = SGD(learning_rate=exponential_decay(0.1, 0.9))
    >>> optimizer.learning_rate
    array(0.1, dtype=float32)
    """

    def schedule(step):
        return init * decay_rate**step

    return schedule


def step_decay(init: float, decay_rate: float, step_size: int) -> Schedule:
    """`init`, multiplied by `decay_rate` after every `step_size` steps."""
    _check_count(step_size, "step_size", "step_decay")

    def schedule(step):
        return init * (decay_rate ** (step // step_size))

    return schedule


def cosine_decay(init: float, decay_steps: int, end: float = 0.0) -> Schedule:
    """From `init` to `end` along half a cosine in `decay_steps` steps; `end` from then on."""
    _check_count(decay_steps, "decay_steps", "cosine_decay")

    def schedule(step):
        share = mx.minimum(step, decay_steps) * (math.pi / decay_steps)
        return end + (init - end) * (0.5 * (1.0 + mx.cos(share)))

    return schedule


def linear_schedule(init: float, end: float, steps: int) -> Schedule:
    """From `init` to `end` in equal parts in `steps` steps; `end` from then on. A warm-up goes from 0."""
    _check_count(steps, "steps", "linear_schedule")

    def schedule(step):
        return mx.minimum(step, steps) * ((end - init) / steps) + init

    return schedule


def join_schedules(schedules: list[Schedule], boundaries: list[int]) -> Schedule:
    """One schedule after the other: the next begins at each boundary, and counts its steps from there.

    >>> warm_up = linear_schedule(0.0, 0.1, steps=10)
    >>> schedule = join_schedules([warm_up, cosine_decay(0.1, 200)], [10])
    """
    schedules, boundaries = list(schedules), list(boundaries)
    if not schedules:
        raise ValueError("[join_schedules] `schedules` is empty; give at least one.")
    if len(boundaries) != len(schedules) - 1:
        raise ValueError(
            f"[join_schedules] {len(schedules)} schedules have {len(schedules) - 1} boundaries; got {len(boundaries)}."
        )
    for i, schedule in enumerate(schedules):
        if not callable(schedule):
            raise TypeError(f"[join_schedules] Schedule {i} must be a function, not {type(schedule).__name__}.")
    if sorted(boundaries) != boundaries:
        raise ValueError(f"[join_schedules] `boundaries` must not decrease; got {boundaries}.")

    def joined(step):
        value = schedules[0](step)
        for boundary, schedule in zip(boundaries, schedules[1:]):
            # The counter is unsigned: before the boundary the difference would wrap.
            since = mx.maximum(step, boundary) - boundary
            value = mx.where(step < boundary, value, schedule(since))
        return value

    return joined
