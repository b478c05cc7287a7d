"""All known mistakes: id, function, what a student reads, how it is planted. Extend, never rename.

To add one: a row here, or in ``training.py`` if it is one of training, a function that plants it, a
file in a lab's rejected/.
"""

from __future__ import annotations

from autograder.judge.mistakes import functions as put
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.row import row
from autograder.judge.mistakes.training import TRAINING

FORWARD: tuple[Mistake, ...] = (
    row("bias-missing", "forward", put.bias_missing),
    row("bias-subtracted", "forward", put.bias_subtracted),
    row("forward-adds-weight", "forward", put.forward_adds_weight),
    row("forward-ignores-parameters", "forward", put.forward_ignores_parameters),
    row("graph-broken", "forward", put.forward_detached, words="graph-broken-prediction"),
    row("shape-broadcast", "forward", put.forward_flat, words="shape-broadcast-prediction"),
    row("returns-nothing", "forward", put.forward_nothing, words="returns-nothing-prediction"),
    row("forward-squares-input", "forward", put.forward_squares_input),
    row("parameters-exchanged", "forward", put.roles_exchanged),
    row("forward-shifted", "forward", put.forward_shifted),
    row("forward-scaled", "forward", put.forward_scaled),
    row("forward-rounded", "forward", put.forward_rounded),
    row("sigmoid-missing", "forward", put.sigmoid_missing),
    row("sigmoid-twice", "forward", put.sigmoid_twice),
    row("softmax-of-one", "forward", put.softmax_of_one),
    row("softmax-in-forward", "forward", put.softmax_in_forward),
    row("forward-other-formula", "forward", put.forward_other_formula),
)
CRITERION: tuple[Mistake, ...] = (
    row("loss-sum-not-mean", "criterion", put.loss_sum),
    row("loss-halved", "criterion", put.loss_halved),
    row("loss-root", "criterion", put.loss_root),
    row("loss-not-squared", "criterion", put.loss_not_squared),
    row("loss-absolute", "criterion", put.loss_absolute),
    row("loss-squared", "criterion", put.loss_squared),
    row("shape-broadcast", "criterion", put.loss_broadcast, words="shape-broadcast-loss"),
    row("one-sample-only", "criterion", put.loss_first_sample, words="one-sample-only-loss"),
    row("graph-broken", "criterion", put.loss_detached, words="graph-broken-loss"),
    row("returns-nothing", "criterion", put.loss_nothing, words="returns-nothing-loss"),
    row("loss-square-of-mean", "criterion", put.loss_square_of_mean),
    row("loss-huber", "criterion", put.loss_huber),
    row("loss-median", "criterion", put.loss_median),
    row("loss-fixed-count", "criterion", put.loss_fixed_count),
    row("loss-scaled", "criterion", put.loss_scaled),
    row("loss-for-logits", "criterion", put.loss_for_logits),
    row(
        "loss-arguments-swapped",
        "criterion",
        put.loss_arguments_swapped,
        words="loss-arguments-swapped-loss",
    ),
    row("softmax-twice", "criterion", put.loss_of_probabilities),
    row("loss-other-formula", "criterion", put.loss_other_formula),
)
MISTAKES = (*FORWARD, *CRITERION, *TRAINING)
