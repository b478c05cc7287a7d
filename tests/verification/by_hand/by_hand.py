# %% [markdown]
# # A plane by hand
#
# No framework: arrays, a formula for the gradient, and a loop.

# %%
import numpy as np

from autograder import check

rng = np.random.default_rng(1)

# %%
X, X_val = rng.normal(size=(20, 2)), rng.normal(size=(8, 2))
y = X @ np.array([2.0, -1.0]) + 0.5 + 0.2 * rng.normal(size=20)
y_val = X_val @ np.array([2.0, -1.0]) + 0.5 + 0.2 * rng.normal(size=8)


# %%
class Net:
    """The parameters."""

    def __init__(self):
        self.W = np.array([-3.0, 3.0])
        self.b = 2.0


net = Net()
lr = 0.1
LOSS = []
VAL = []


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward(x):
    """Return a prediction for each row (N, 2)."""
    ### BEGIN SOLUTION
    return x @ net.W + net.b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("forward")


# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def criterion(yhat, y):
    """Return the mean squared error."""
    ### BEGIN SOLUTION
    return np.mean((yhat - y) ** 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("criterion")


# %% nbgrader={"grade": false, "grade_id": "gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient(x, y, yhat):
    """Return the gradients of the loss for W (2,) and b."""
    ### BEGIN SOLUTION
    apart = yhat - y
    return 2 * x.T @ apart / len(y), 2 * apart.mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-gradient", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("gradient")


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(iterations):
    """Take that many steps; append the loss before each to LOSS, the validation loss after it to VAL."""
    ### BEGIN SOLUTION
    for _ in range(iterations):
        yhat = forward(X)
        LOSS.append(criterion(yhat, y))
        dW, db = gradient(X, y, yhat)
        net.W -= lr * dW
        net.b -= lr * db
        VAL.append(criterion(forward(X_val), y_val))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %%
train_model(12)
