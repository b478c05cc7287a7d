# A loop over images and kernels too, by the function for one image.
import torch
from torch import nn


def slide(image, kernel):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    sums = [
        (image[top : top + height, left : left + width] * kernel).sum()
        for top in range(rows)
        for left in range(columns)
    ]
    return torch.stack(sums).reshape(rows, columns)


def correlate(image, kernel):
    return slide(image, kernel)


def pad(images, width):
    count, channels, height, length = images.shape
    framed = torch.zeros(count, channels, height + 2 * width, length + 2 * width)
    framed[:, :, width : width + height, width : width + length] = images
    return framed


def out_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def conv2d(images, kernels, bias, stride=1, padding=0):
    padded = pad(images, padding)
    rows = out_size(images.shape[2], kernels.shape[2], stride, padding)
    columns = out_size(images.shape[3], kernels.shape[3], stride, padding)
    batch = []
    for image in padded:
        maps = []
        for kernel, b in zip(kernels, bias, strict=True):
            pairs = zip(image, kernel, strict=True)
            total = sum(slide(channel, part)[::stride, ::stride] for channel, part in pairs)
            maps.append(total[:rows, :columns] + b)
        batch.append(torch.stack(maps))
    return torch.stack(batch)


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
