"""A recurrent network built of linear layers tells languages by their words, letter by letter."""

import random
import string

import torch
import torch.nn as nn
from little_data import set_weights

random.seed(0)
letters = string.ascii_lowercase
endings = {
    "ish": "tree fork lamp wood".split(),
    "one": "cas mel pan tor".split(),
    "ska": "mor bel vit kal".split(),
}
words = [
    (stem + random.choice(letters) + end, i)
    for i, end in enumerate(endings)
    for stem in endings[end]
]


def line_to_tensor(line):
    tensor = torch.zeros(len(line), 1, len(letters))
    for li, letter in enumerate(line):
        tensor[li][0][letters.index(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = torch.tanh(self.i2h(combined))
        return self.softmax(self.h2o(hidden)), hidden

    def init_hidden(self):
        return torch.zeros(1, self.hidden_size)


rnn = set_weights(RNN(len(letters), 24, len(endings)), scale=0.3)
criterion = nn.NLLLoss()
learning_rate = 0.05


def train(category_tensor, line_tensor):
    hidden = rnn.init_hidden()
    rnn.zero_grad()
    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)
    loss = criterion(output, category_tensor)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    return output, loss.item()


for epoch in range(5):
    current_loss, right = 0, 0
    random.shuffle(words)
    for word, kind in words * 3:
        category = torch.tensor([kind], dtype=torch.long)
        output, loss = train(category, line_to_tensor(word))
        _, top_i = output.topk(1)
        right += int(top_i[0].item() == kind)
        current_loss += loss
    print("%d right %d, loss %.4f" % (epoch, right, current_loss / len(words) / 3))
