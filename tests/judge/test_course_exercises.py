"""Exercises of public courses, as parts: right code earns all points, a mistake does not."""

from __future__ import annotations

from autograder.exercise import Function, call, kept
from tests.parts import grader, lab, lost


def test_a_layer_with_a_cache_of_the_students_choice_as_in_cs231n() -> None:
    """Backward takes what forward kept, whatever that is."""

    def steps(source):  # type: ignore[no-untyped-def]
        x, w, d = (source.numpy.normal(size=shape) for shape in ((4, 3), (3, 2), (4, 2)))
        first = call("affine_forward", x, w).keeping(cache=1)
        return first, call("affine_backward", d, kept("cache"))

    points = {"affine_forward": 1.0, "affine_backward": 2.0}
    forward = "def affine_forward(x, w):\n    return x @ w, (x, w)\n"
    backward = "def affine_backward(d, cache):\n    x, w = cache\n    return d @ w.T, x.T @ d\n"
    grade = grader(lab(Function("affine_forward", draw=steps, points=points)), forward + backward)
    named = forward.replace(" (x, w)\n", " {'x': x, 'w': w}\n")
    assert not lost(grade(named + backward.replace("x, w = cache", "x, w = cache.values()")))
    assert lost(grade(forward + backward.replace("x.T @ d", "(d.T @ x)"))) == {
        "affine_forward-affine_backward"
    }
