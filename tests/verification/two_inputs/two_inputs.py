# %% [markdown]
# # Two inputs
#
# A prediction that is made of two arrays.

# %%
import torch

from autograder import check

torch.manual_seed(1)

# %%
A, B = torch.randn(24, 2), torch.randn(24, 3)
y = A @ torch.tensor([2.0, -1.0]) + B @ torch.tensor([1.0, 0.5, -2.0]) + 0.1 * torch.randn(24)

# %%
u = torch.tensor([1.0, 1.0], requires_grad=True)
v = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
lr = 0.1
LOSS = []


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward(a, b):
    """Return a prediction for each row of a (N, 2) and b (N, 3)."""
    ### BEGIN SOLUTION
    return a @ u + b @ v
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("forward")


# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def criterion(yhat, y):
    """Return the mean squared error."""
    ### BEGIN SOLUTION
    return ((yhat - y) ** 2).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("criterion")


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(iterations):
    """Take that many steps; append the loss before each to LOSS."""
    ### BEGIN SOLUTION
    for _ in range(iterations):
        loss = criterion(forward(A, B), y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            u.sub_(lr * u.grad)
            v.sub_(lr * v.grad)
        u.grad = v.grad = None
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("train_model")
