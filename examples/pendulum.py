"""A physics fit: the damping and length of a pendulum from noisy observations of its angle.

The simulation is a function of three parameters (damping, length, start angle). `jvp` along each of them at once, by
`vmap`, gives the Jacobian of the whole path, and Levenberg-Marquardt steps fit the parameters to what was observed.
"""

import numpy as np
import shared

import cermet.core as mx

GRAVITY = 9.80665  # metres per second squared, the standard value (CGPM, 1901)
STEP = 0.05  # seconds


def acceleration(angle, velocity, damping, length):
    return -damping * velocity - GRAVITY / length * mx.sin(angle)


def simulate(parameters, count):
    """Angles (radians) after 1, ..., `count` steps, by the classical Runge-Kutta method of order 4."""
    damping, length, angle = parameters[0], parameters[1], parameters[2]
    velocity = mx.zeros_like(angle)
    path = []
    for _ in range(count):
        k1, a1 = velocity, acceleration(angle, velocity, damping, length)
        k2 = velocity + STEP / 2 * a1
        a2 = acceleration(angle + STEP / 2 * k1, k2, damping, length)
        k3 = velocity + STEP / 2 * a2
        a3 = acceleration(angle + STEP / 2 * k2, k3, damping, length)
        k4 = velocity + STEP * a3
        a4 = acceleration(angle + STEP * k3, k4, damping, length)
        angle = angle + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        velocity = velocity + STEP / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        path.append(angle)
    return mx.stack(path)


def make_step(observed):
    """One Levenberg-Marquardt step: (parameters, trust) -> the proposal and the two sums of squared residuals."""
    count = observed.shape[0]

    def residuals(parameters):
        return simulate(parameters, count) - observed

    @mx.compile
    def step(parameters, trust):
        def along(direction):
            return mx.jvp(residuals, [parameters], [direction])[1][0]

        jacobian = mx.vmap(along)(mx.eye(3))  # a row a parameter
        difference = residuals(parameters)
        normal = jacobian @ jacobian.T
        damped = normal + trust * mx.diag(mx.diag(normal))
        # Three equations: Cramer's rule traces anywhere, and is exact enough for a matrix of this size.
        right = jacobian @ difference
        proposal = parameters - solve3(damped, right)
        return proposal, mx.sum(difference * difference), mx.sum(mx.square(residuals(proposal)))

    return step


def cross(a, b):
    return mx.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def solve3(matrix, right):
    a, b, c = matrix[0], matrix[1], matrix[2]  # symmetric: rows are columns
    determinant = mx.sum(a * cross(b, c))
    parts = [mx.sum(right * cross(b, c)), mx.sum(right * cross(c, a)), mx.sum(right * cross(a, b))]
    return mx.stack(parts) / determinant


def fit(observed, guess, iterations):
    step = make_step(observed)
    parameters, trust, history = mx.array(guess), 1e-2, []
    bar = shared.progress(range(iterations), "pendulum")
    for _ in bar:
        proposal, before, after = step(parameters, mx.array(trust))
        mx.eval(proposal, before, after)
        accepted = after.item() < before.item()
        history.append((np.array(parameters), before.item()))
        parameters, trust = (proposal, trust / 5) if accepted else (parameters, trust * 5)
        if not bar.disable:
            bar.set_postfix(error=f"{before.item():.4f}")
    return np.array(parameters), history, step


def main():
    options = shared.arguments(__doc__, observations=100, noise=0.05, iterations=25)
    truth = np.array([0.25, 1.3, 1.2], dtype=np.float32)
    clean = simulate(mx.array(truth), options.observations)
    rng = np.random.default_rng(options.seed)
    observed = np.array(clean) + rng.normal(0, options.noise, options.observations).astype(np.float32)
    guess = np.array([0.05, 1.0, 0.8], dtype=np.float32)
    found, history, step = fit(mx.array(observed), guess, options.iterations)
    for name, unit, true, value in zip(["damping", "length", "angle"], ["1/s", "m", "rad"], truth, found, strict=True):
        print(f"  {name:<8} true {true:.3f} {unit:<4} found {value:.3f}")
    print(f"  squared error {history[0][1]:.2f} -> {history[-1][1]:.4f} in {len(history)} iterations", end="")
    print(f", {step.stats()['traces']} trace" if hasattr(step, "stats") else "")

    times = STEP * np.arange(1, options.observations + 1)
    picture, axes = shared.figure(figsize=(7, 4))
    axes.plot(times, observed, ".", color="0.6", label="observed")
    axes.plot(times, np.array(simulate(mx.array(guess), options.observations)), ":", label="first guess")
    axes.plot(times, np.array(simulate(mx.array(found), options.observations)), color="tab:red", label="fitted")
    axes.set(title="A damped pendulum", xlabel="time (s)", ylabel="angle (rad)")
    axes.legend()
    shared.save(picture, options.output / "pendulum_fit.png")


if __name__ == "__main__":
    main()
