"""All known mistakes: id, function, what a student reads, how it is planted. Extend, never rename.

To add one: a row here, or in ``training.py`` if it is one of training, a function that plants it, a
file in a lab's rejected/.
"""

from __future__ import annotations

from autograder.judge.mistakes import functions as put
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.row import GRAPH_HINT, row
from autograder.judge.mistakes.training import TRAINING

_FORMULA = "Write the model's formula down: which parameter meets which input, and how?"
_BY_HAND = "Take two points by hand: what is done with each difference, and what at the end?"

FORWARD: tuple[Mistake, ...] = (
    row(
        "bias-missing",
        "forward",
        "Your prediction leaves the bias out.",
        _FORMULA,
        put.bias_missing,
    ),
    row(
        "bias-subtracted",
        "forward",
        "Your prediction subtracts the bias where the model adds it.",
        _FORMULA,
        put.bias_subtracted,
    ),
    row(
        "forward-adds-weight",
        "forward",
        "Your prediction adds the weight to the input where the model multiplies.",
        _FORMULA,
        put.forward_adds_weight,
    ),
    row(
        "forward-ignores-parameters",
        "forward",
        "Your prediction stays the same when the parameters change.",
        "Where does forward take its numbers from: the parameters, or a value written down?",
        put.forward_ignores_parameters,
    ),
    row(
        "graph-broken",
        "forward",
        "Your prediction is cut off from the parameters, so no gradient reaches them.",
        GRAPH_HINT,
        put.forward_detached,
    ),
    row(
        "shape-broadcast",
        "forward",
        "Your prediction has another shape than the targets; subtracting the two pairs every "
        "prediction with every target.",
        "Print the shapes of yhat and of y: are they the same?",
        put.forward_flat,
    ),
    row(
        "returns-nothing",
        "forward",
        "forward gives nothing back.",
        "What must stand at its end so that a caller gets a value?",
        put.forward_nothing,
    ),
    row(
        "forward-squares-input",
        "forward",
        "Your prediction squares the input.",
        _FORMULA,
        put.forward_squares_input,
    ),
    row(
        "parameters-exchanged",
        "forward",
        "Your prediction uses the weight and the bias in other places than the model does.",
        _FORMULA,
        put.roles_exchanged,
    ),
    row(
        "forward-shifted",
        "forward",
        "Every prediction is off by one and the same number.",
        _FORMULA,
        put.forward_shifted,
    ),
    row(
        "forward-scaled",
        "forward",
        "Every prediction is the right one times one and the same number.",
        _FORMULA,
        put.forward_scaled,
    ),
    row(
        "forward-rounded",
        "forward",
        "Your predictions are rounded to whole numbers, and no gradient gets through that.",
        GRAPH_HINT,
        put.forward_rounded,
    ),
    row(
        "sigmoid-missing",
        "forward",
        "Your prediction is the number before the sigmoid, not the probability after it.",
        "Between which numbers must a probability lie?",
        put.sigmoid_missing,
    ),
    row(
        "sigmoid-twice",
        "forward",
        "Your prediction takes the sigmoid twice.",
        "How often does a number go through a sigmoid on its way through your model?",
        put.sigmoid_twice,
    ),
    row(
        "softmax-of-one",
        "forward",
        "Your prediction takes a softmax over one number, and that is always 1.",
        "What do the numbers that a softmax gives add up to?",
        put.softmax_of_one,
    ),
    row(
        "forward-other-formula",
        "forward",
        "Your prediction is another formula than the model's.",
        _FORMULA,
        put.forward_other_formula,
    ),
)
CRITERION: tuple[Mistake, ...] = (
    row(
        "loss-sum-not-mean",
        "criterion",
        "Your loss is the sum over all points, not their mean.",
        _BY_HAND,
        put.loss_sum,
    ),
    row(
        "loss-halved",
        "criterion",
        "Your loss is half of what it should be.",
        _BY_HAND,
        put.loss_halved,
    ),
    row("loss-root", "criterion", "Your loss takes a root at the end.", _BY_HAND, put.loss_root),
    row(
        "loss-not-squared",
        "criterion",
        "Your loss averages the differences without squaring: those above and below cancel out.",
        _BY_HAND,
        put.loss_not_squared,
    ),
    row(
        "loss-absolute",
        "criterion",
        "Your loss averages absolute differences.",
        _BY_HAND,
        put.loss_absolute,
    ),
    row(
        "loss-squared",
        "criterion",
        "Your loss averages squared differences; this lab asks for another loss.",
        _BY_HAND,
        put.loss_squared,
    ),
    row(
        "shape-broadcast",
        "criterion",
        "Your loss pairs every prediction with every target.",
        "Print the shape of what you average: one number a point?",
        put.loss_broadcast,
    ),
    row(
        "one-sample-only",
        "criterion",
        "Your loss looks at a single point.",
        _BY_HAND,
        put.loss_first_sample,
    ),
    row(
        "graph-broken",
        "criterion",
        "Your loss is cut off from the predictions, so backward() has nothing to follow.",
        GRAPH_HINT,
        put.loss_detached,
    ),
    row(
        "returns-nothing",
        "criterion",
        "criterion gives nothing back.",
        "What must stand at its end so that a caller gets a value?",
        put.loss_nothing,
    ),
    row(
        "loss-square-of-mean",
        "criterion",
        "Your loss squares the mean difference; the mean of the squares is asked for.",
        _BY_HAND,
        put.loss_square_of_mean,
    ),
    row(
        "loss-huber",
        "criterion",
        "Your loss squares small differences and takes large ones as they are, as Huber's does.",
        _BY_HAND,
        put.loss_huber,
    ),
    row(
        "loss-median",
        "criterion",
        "Your loss is the median of the squares, not their mean.",
        _BY_HAND,
        put.loss_median,
    ),
    row(
        "loss-fixed-count",
        "criterion",
        "Your loss divides by a number that is written down, not by the number of points.",
        "What does your loss give for half as many points?",
        put.loss_fixed_count,
    ),
    row(
        "loss-scaled",
        "criterion",
        "Your loss is the right one times a number.",
        _BY_HAND,
        put.loss_scaled,
    ),
    row(
        "loss-for-logits",
        "criterion",
        "Your loss takes a sigmoid of the predictions, which are probabilities already.",
        "What does your loss expect: probabilities, or the numbers before the sigmoid?",
        put.loss_for_logits,
    ),
    row(
        "loss-arguments-swapped",
        "criterion",
        "Your loss takes the targets for predictions, and the predictions for targets.",
        "In which order does the loss that you call want its two arguments?",
        put.loss_arguments_swapped,
    ),
    row(
        "loss-other-formula",
        "criterion",
        "Your loss is another formula than the one that the lab asks for.",
        _BY_HAND,
        put.loss_other_formula,
    ),
)
MISTAKES = (*FORWARD, *CRITERION, *TRAINING)
