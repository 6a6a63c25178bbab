"""Gymnasium's environments under the old name; those called ``-v0`` with the interface of 2017."""

import gymnasium


def make(name):
    if name.endswith("-v0"):
        return _Old(gymnasium.make(name.replace("-v0", "-v1"), max_episode_steps=200))
    return gymnasium.make(name)


class _Old:
    """``seed`` apart from ``reset``, and one flag for the end."""

    def __init__(self, env):
        self.env, self.spec, self._seed = env, env.spec, None
        self.spec.reward_threshold = 195.0

    def seed(self, seed):
        self._seed = seed

    def reset(self):
        state, _ = self.env.reset(seed=self._seed)
        self._seed = None
        return state

    def step(self, action):
        state, reward, ended, cut, info = self.env.step(action)
        return state, reward, ended or cut, info
