# fails: out_size
# mistake: rounded
# why: What is left over counts where it is more than half a stride.
import torch
from torch import nn


def correlate(image, kernel):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    sums = [
        (image[top : top + height, left : left + width] * kernel).sum()
        for top in range(rows)
        for left in range(columns)
    ]
    return torch.stack(sums).reshape(rows, columns)


def pad(images, width):
    count, channels, height, length = images.shape
    framed = torch.zeros(count, channels, height + 2 * width, length + 2 * width)
    framed[:, :, width : width + height, width : width + length] = images
    return framed


def out_size(size, kernel, stride=1, padding=0):
    return round((size + 2 * padding - kernel) / stride) + 1


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
            places.append(torch.einsum("nchw,kchw->nk", patch, kernels) + bias)
    return torch.stack(places, dim=2).reshape(len(images), len(kernels), rows, columns)


def max_pool(images, size):
    windows = images.unfold(2, size, size).unfold(3, size, size)
    return windows.flatten(4).max(dim=4).values


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
