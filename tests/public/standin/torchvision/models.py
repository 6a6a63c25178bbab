"""ResNet-18, of He and others, "Deep Residual Learning for Image Recognition" (2015)."""

from torch import nn


def _layer(inputs, outputs, kernel, stride):
    return (
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class _Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.main = nn.Sequential(
            *_layer(inputs, outputs, 3, stride), nn.ReLU(), *_layer(outputs, outputs, 3, 1)
        )
        self.skip = nn.Sequential(*(() if stride == 1 else _layer(inputs, outputs, 1, stride)))
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.main(x) + self.skip(x))


class ResNet(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.conv1, self.bn1 = _layer(3, 64, 7, 2)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(_Block(64, 64, 1), _Block(64, 64, 1))
        self.layer2 = nn.Sequential(_Block(64, 128, 2), _Block(128, 128, 1))
        self.layer3 = nn.Sequential(_Block(128, 256, 2), _Block(256, 256, 1))
        self.layer4 = nn.Sequential(_Block(256, 512, 2), _Block(512, 512, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        for part in list(self.children())[:-1]:
            x = part(x)
        return self.fc(x.flatten(1))


def resnet18(pretrained=False, weights=None):
    """Without trained weights."""
    return ResNet()
