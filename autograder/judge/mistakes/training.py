"""Known mistakes in training: the rows of the registry for ``train_model``."""

from __future__ import annotations

from autograder.judge.mistakes import evaluating, progress, recording, rule, updates
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.row import either, row

TRAINING: tuple[Mistake, ...] = (
    row(
        "gradient-not-zeroed", "train_model", either(updates.not_zeroed, progress.zeroed_per_epoch)
    ),
    row("one-gradient-not-zeroed", "train_model", updates.one_not_zeroed),
    row("gradient-zeroed-before-update", "train_model", updates.zeroed_before_update),
    row("wrong-update-sign", "train_model", updates.wrong_sign),
    row("parameter-not-updated", "train_model", updates.not_updated),
    row("no-update", "train_model", updates.no_update),
    row("learning-rate-ignored", "train_model", updates.rate_ignored),
    row("wrong-gradient", "train_model", updates.wrong_gradient),
    row("other-optimizer", "train_model", updates.momentum_added),
    row("weight-decay", "train_model", updates.decay_added),
    row("learning-rate-changes", "train_model", updates.rate_shrinks),
    row("update-skipped", "train_model", updates.every_second),
    row("last-step-undone", "train_model"),
    row("stops-early", "train_model", progress.stops_early),
    row("parameter-reset", "train_model", progress.reset),
    row("extra-iteration", "train_model", progress.extra_iteration),
    row("missing-iteration", "train_model", progress.missing_iteration),
    row("other-iteration-count", "train_model", progress.half_the_iterations),
    row("update-after-loop", "train_model", updates.update_after_loop),
    row("wrong-data", "train_model", progress.other_data),
    row("wrong-rows", "train_model", progress.part_of_rows),
    row(
        "loss-arguments-swapped",
        "train_model",
        progress.criterion_arguments_swapped,
        words="loss-arguments-swapped-training",
    ),
    row("parameter-zeroed", "train_model", updates.parameters_zeroed),
    row("losses-added-up", "train_model", updates.losses_added_up),
    row("loss-recorded-twice", "train_model", recording.recorded_twice),
    row("loss-recorded-otherwise", "train_model", recording.recorded_doubled),
    row("losses-missing", "train_model"),
    row("fixed-iterations", "train_model", progress.fixed_iterations),
    row("step-before-backward", "train_model", progress.step_before_backward),
    row("one-step-per-epoch", "train_model", progress.one_step_per_epoch),
    row(
        "one-sample-only", "train_model", progress.one_sample_only, words="one-sample-only-training"
    ),
    row("loss-not-recorded", "train_model", recording.not_recorded),
    row("loss-recorded-as-tensor", "train_model", recording.recorded_as_tensor),
    row("loss-recorded-after-update", "train_model", recording.recorded_late),
    row("backward-missing", "train_model", progress.backward_missing),
    row("graph-broken", "train_model", progress.graph_broken, words="graph-broken-training"),
    row(
        "shape-broadcast",
        "train_model",
        progress.targets_reshaped,
        words="shape-broadcast-training",
    ),
    row("values-not-recorded", "train_model", evaluating.values_not_recorded),
    row("values-missing", "train_model", evaluating.values_missing),
    row("values-of-training-data", "train_model", evaluating.values_of_training_data),
    row("values-at-other-time", "train_model"),
    row("values-scaled", "train_model"),
    row("evaluation-missing", "train_model"),
    row("evaluates-in-train-mode", "train_model", evaluating.in_train_mode),
    row("trains-in-eval-mode", "train_model", evaluating.in_eval_mode),
    row("evaluates-with-graph", "train_model", evaluating.with_graph),
    row("best-not-kept", "train_model", evaluating.best_not_kept),
    row("setting-missing", "train_model", rule.settings_lost),
    row("plain-descent", "train_model", rule.plain_descent),
    row("clipping-missing", "train_model", rule.not_clipped),
    row("schedule-missing", "train_model", rule.not_scheduled),
    row("hard-coded-answer", "train_model", progress.hard_coded),
    row("closed-form", "train_model"),
    row("parameter-reassigned", "train_model"),
    row("shadowed-parameter", "train_model"),
    row("infinite-loop", "train_model"),
)
