# %% [markdown]
# # Convolution, from a sliding window to a network
#
# Where in a picture is a vertical edge? Take a small table of numbers, lay it on the picture, multiply what
# lies on each other, add it all up, move it on by one pixel, and begin again. This is all that a
# convolution does. Networks that see are stacks of it, and the numbers in the tables are learned.
#
# You write it by hand: first for one grey image, then with padding, strides, channels and batches,
# until it is the same as PyTorch's. Then you build a small network of PyTorch's own layers, and watch it
# learn to read digits of 8 by 8 pixels.
#
# Keep the names of functions and arguments. The cell below each function tries it on a few numbers.
# That is help while you work; the grade comes from other numbers and shapes. So use nothing but the
# arguments. If one function is still wrong, those that call it can earn their points all the same.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder import check

torch.manual_seed(5)

# %% [markdown]
# A little helper for pictures, and the digits: ten patterns of 5 by 7 pixels, somewhere in an image of 8 by 8,
# some bright and some pale, with noise all over. Nothing to do here.

# %%
def show_images(images, titles=None, colours="gray"):
    """Draw images beside each other."""
    _, row = plt.subplots(1, len(images), figsize=(1.4 * len(images), 1.8), squeeze=False)
    for number, (axes, image) in enumerate(zip(row[0], images, strict=True)):
        axes.imshow(image, cmap=colours)
        axes.set_axis_off()
        if titles is not None:
            axes.set_title(str(titles[number]), size=9)
    plt.show()


PATTERNS = [
    ".###. #...# #...# #...# #...# #...# .###.",
    "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    ".###. #...# ....# ..##. .#... #.... #####",
    "####. ....# ....# .###. ....# ....# ####.",
    "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "##### #.... ####. ....# ....# #...# .###.",
    ".###. #.... #.... ####. #...# #...# .###.",
    "##### ....# ...#. ..#.. ..#.. .#... .#...",
    ".###. #...# #...# .###. #...# #...# .###.",
    ".###. #...# #...# .#### ....# ....# .###.",
]
GLYPHS = torch.tensor([[[c == "#" for c in row] for row in p.split()] for p in PATTERNS]).float()


def draw_digits(count):
    """Return images of the shape (count, 1, 8, 8), and which digits they show."""
    y = torch.randint(10, (count,))
    images = 0.15 * torch.randn(count, 1, 8, 8)
    for image, digit in zip(images, y, strict=True):
        top, left = int(torch.randint(2, ())), int(torch.randint(4, ()))
        image[0, top : top + 7, left : left + 5] += (0.6 + 0.4 * torch.rand(())) * GLYPHS[digit]
    return images, y


some, shown = draw_digits(10)
show_images(some[:, 0], shown.tolist())

# %% [markdown]
# ## A sliding window
#
# An image has a row of pixels for each row of a tensor. The *kernel* is a smaller tensor. Lay it on
# the image's upper left corner: multiply each number of the kernel by the pixel below it, and add up
# the products. Then move it on by one pixel, through all places where it lies fully on the image:
#
# $$\text{out}[i, j] = \sum_{a, b} \text{image}[i + a, j + b] \cdot \text{kernel}[a, b]$$
#
# Mathematicians call this *correlation*, and turn the kernel upside down for a convolution. In
# networks nobody turns it, since kernels are learned anyway; don't turn it here.
#
# Neither image nor kernel need be square. An image with `H` rows and a kernel with `h` rows leave
# `H - h + 1` places. Loops over places are fine here, in all of this lab. Gradients should get through,
# so compute with tensors, not with Python's numbers.

# %%
def correlate(image, kernel):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    sums = [
        (image[top : top + height, left : left + width] * kernel).sum()
        for top in range(rows)
        for left in range(columns)
    ]
    return torch.stack(sums).reshape(rows, columns)

# %%
check("correlate")

# %% [markdown]
# Three kernels on a four. The first takes the mean of its surroundings. The second is positive on the right and negative
# on the left, so it is large where dark turns to bright, and negative where bright turns to dark.
# What does the third one see?

# %%
four = draw_digits(1)[0][0, 0] * 0.2
four[0:7, 1:6] += GLYPHS[4]
kernels = {
    "mean": torch.full((3, 3), 1 / 9),
    "left to right": torch.tensor([[-1.0, 0.0, 1.0]]).repeat(3, 1),
    "top to bottom": torch.tensor([[-1.0], [0.0], [1.0]]).repeat(1, 3),
}
found = {name: correlate(four, kernel) for name, kernel in kernels.items()}
show_images([four, *found.values()], ["image", *found])

# %% [markdown]
# ## Padding
#
# The result is smaller than the image, and pixels at its edge have less say than others. Put a frame of zeros
# around it, and a kernel of 3 by 3 gives as many pixels as there were.
#
# Images of a network come as `(N, C, H, W)`: `N` images, `C` channels (three for colours), rows, columns. Only
# rows and columns get a frame. Make a new tensor; the images are as they were. No ready padding
# of `torch.nn`: zeros and a slice will do.

# %%
def pad(images, width):
    count, channels, height, length = images.shape
    framed = torch.ones(count, channels, height + 2 * width, length + 2 * width)
    framed[:, :, width : width + height, width : width + length] = images
    return framed

# %%
check("pad")

# %% [markdown]
# ## How large is the result?
#
# With a *stride* of 2 the kernel moves on by two pixels at a time, and the result has half as many rows. What
# is left over at the end, where no whole kernel fits, is not looked at.
#
# How many places are there along a side of `size` pixels, padding on both of its ends?

# %%
def out_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1

# %%
check("out_size")

# %% [markdown]
# ## Channels and batches
#
# Now all of it. There are `N` images with `C` channels, and `K` kernels, each with `C` channels as well. A
# kernel is laid on all channels at once; all the products are added up, over channels too, and the kernel's
# bias on top. So each kernel gives one channel of the result:
#
# | | shape |
# |---|---|
# | `images` | `(N, C, H, W)` |
# | `kernels` | `(K, C, h, w)` |
# | `bias` | `(K,)` |
# | the result | `(N, K, out_size(H, …), out_size(W, …))` |
#
# Call your `pad` and your `out_size`. A loop over the places of the result is enough: at each place, take the same
# patch of all images, `padded[:, :, top:…, left:…]`. Multiply and add for all images and kernels at a time, by
# `torch.einsum`, or with an axis more and a sum.

# %%
def conv2d(images, kernels, bias, stride=1, padding=0):
    padded = pad(images, padding)
    height, width = kernels.shape[2:]
    rows = out_size(images.shape[2], height, stride, padding)
    columns = out_size(images.shape[3], width, stride, padding)
    places = []
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            patch = padded[:, :, top : top + height, left : left + width]
            places.append(torch.einsum("nchw,kchw->nk", patch, kernels))
    return torch.stack(places, dim=2).reshape(len(images), len(kernels), rows, columns)

# %%
check("conv2d")

# %% [markdown]
# PyTorch has it as well, written for speed. Yours should differ by no more than rounding.

# %%
several = torch.randn(4, 1, 3, 3)
added = torch.randn(4)
for stride, padding in ((1, 0), (1, 1), (2, 1), (3, 2)):
    mine = conv2d(some, several, added, stride, padding)
    theirs = nn.functional.conv2d(some, several, added, stride, padding)
    far = (mine - theirs).abs().max().item()
    print(f"stride {stride}, padding {padding}: {tuple(mine.shape)}, largest difference {far:.1e}")

# %% [markdown]
# ## Pooling
#
# Where exactly an edge lies does not matter much for what the digit is. *Max pooling* parts each channel
# into windows of `size` by `size` pixels that do not overlap, and keeps the largest number of each. What is
# left over at the right and at the bottom is left out.
#
# By loops over windows, or by a reshape to six axes, or by `unfold`.

# %%
def max_pool(images, size):
    windows = images.unfold(2, size, size).unfold(3, size, size)
    return windows.flatten(4).max(dim=4).values

# %%
check("max_pool")

# %%
edges = conv2d(some[:1], torch.stack(list(kernels.values())[1:]).unsqueeze(1), torch.zeros(2), 1, 1)
show_images([some[0, 0], *edges[0], *max_pool(edges, 2)[0]], ["image", "8 by 8", "", "4 by 4", ""])

# %% [markdown]
# ## A small network
#
# With PyTorch's own layers, which are fast, a network that reads digits:
#
# | | from | to |
# |---|---|---|
# | convolution, kernels of 3 by 3, padding 1 | `(1, 8, 8)` | `(6, 8, 8)` |
# | relu, max pooling by 2 | | `(6, 4, 4)` |
# | convolution, kernels of 3 by 3, padding 1 | `(6, 4, 4)` | `(12, 4, 4)` |
# | relu, max pooling by 2 | | `(12, 2, 2)` |
# | flattened, linear layer | `48` | `classes` |
#
# The result has a row of scores for each image. No softmax: the loss takes care of that. Define the layers in this
# order; their names are up to you.

# %%
class DigitNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 12, 3, padding=1)
        self.out = nn.Linear(48, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.first(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.second(x)), 2)
        return self.out(x.flatten(1))

# %%
check("DigitNet")

# %% [markdown]
# ## Let it learn
#
# The training is written for you: mini-batches, and the share of right answers on images that it never saw.
# By chance it would be one in ten.

# %%
train_set, test_set = TensorDataset(*draw_digits(400)), TensorDataset(*draw_digits(100))
net = DigitNet(10)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
losses = []
for _ in range(12):
    for images, digits in DataLoader(train_set, batch_size=40, shuffle=True):
        loss = nn.functional.cross_entropy(net(images), digits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

images, digits = test_set.tensors
with torch.no_grad():
    answers = net(images).argmax(1)
print(f"right on new images: {(answers == digits).float().mean().item():.2f}")

# %%
_, axes = plt.subplots(figsize=(5, 2.4))
axes.plot(losses)
axes.set_xlabel("step")
axes.set_ylabel("loss")
plt.show()
titles = [f"{a} ({d})" if a != d else str(int(a)) for a, d in zip(answers, digits, strict=True)]
show_images(images[:10, 0], titles[:10])

# %% [markdown]
# What has it learned? Above are its six kernels of the first layer, then what they make of a digit. Some look for edges,
# as you did; nobody told them to.

# %%
kernel, *_ = [one for one in net.parameters() if one.dim() == 4]
show_images(kernel.detach()[:, 0], [f"kernel {number}" for number in range(6)], "coolwarm")
with torch.no_grad():
    seen = conv2d(images[:1], kernel, torch.zeros(6), 1, 1)
show_images([images[0, 0], *torch.relu(seen)[0]], ["image", *range(6)])
