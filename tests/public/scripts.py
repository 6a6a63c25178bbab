"""The public scripts: where each lies in the folder that is given, how it is run, what to read."""

from __future__ import annotations

from dataclasses import dataclass, field

_LOSS = r"loss:? *\(?(-?\d+\.\d+(?:e-?\d+)?)"


@dataclass(frozen=True)
class Script:
    """One run.

    path: under the folder with the scripts. options: its own. on_device: more of them, where there
    is a device beside the CPU. data: what is linked, from where in its folder to which data.
    before: scripts of standin/ that run first. measure: finds the numbers that tell how training
    went. rises: they are rewards. below: what the number has to be below, of a script that tells
    only the last. until: what ends a run that has no end of its own.
    """

    path: str
    options: str = ""
    on_device: str = ""
    data: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    measure: str = _LOSS
    rises: bool = False
    below: float = 0
    until: str = ""


_MNIST = {"../data": "."}
_LM = "--data text --emsize 64 --nhid 64 --epochs 2 --log-interval 10"
_GPT = (
    "--wandb_log=False --dataset=letters --compile=False --eval_iters=5 --eval_interval=50 "
    "--log_interval=10 --block_size=64 --batch_size=12 --n_layer=3 --n_head=4 --n_embd=64 "
    "--gradient_accumulation_steps=2 --max_iters=100 --lr_decay_iters=100 --warmup_iters=10 "
    "--learning_rate=3e-3"
)
_EPISODES = r"Episode 60\b"
_REWARD = r"Average reward: (\d+\.\d+)"

SCRIPTS = {
    "mnist": Script("examples/mnist/main.py", "--epochs 3 --lr 0.05", data=_MNIST),
    "mnist_rnn": Script(
        "examples/mnist_rnn/main.py", "--epochs 3 --lr 1 --batch-size 32", "--cuda", data=_MNIST
    ),
    "vae": Script("examples/vae/main.py", "--epochs 3", data=_MNIST),
    "dcgan": Script(
        "examples/dcgan/main.py",
        "--dataset mnist --dataroot ../data --ngf 8 --ndf 8 --niter 2 --workers 0 --manualSeed 1",
        "--cuda",
        data=_MNIST,
        measure=r"Loss_D: (\d+\.\d+)",
    ),
    "word_language_model": Script(
        "examples/word_language_model/main.py", _LM + " --tied", "--cuda", data={"text": "text"}
    ),
    "word_language_model, Transformer": Script(
        "examples/word_language_model/main.py",
        _LM + " --model Transformer --lr 2",
        "--cuda",
        data={"text": "text"},
    ),
    "time_sequence_prediction": Script(
        "examples/time_sequence_prediction/train.py",
        "--steps 1 --device cpu",
        "--device cuda",
        before=("few_waves.py",),
    ),
    "reinforce": Script(
        "examples/reinforcement_learning/reinforce.py",
        measure=_REWARD,
        rises=True,
        until=_EPISODES,
    ),
    "actor_critic": Script(
        "examples/reinforcement_learning/actor_critic.py",
        measure=_REWARD,
        rises=True,
        until=_EPISODES,
    ),
    "regression": Script("examples/regression/main.py", below=1e-3),
    "mnist_forward_forward": Script(
        "examples/mnist_forward_forward/main.py",
        "--epochs 40 --train_size 1500 --test_size 297",
        data={"data": "."},
    ),
    "vision_transformer": Script(
        "examples/vision_transformer/main.py",
        "--img-size 32 --patch-size 8 --latent-size 32 --num-heads 4 --num-encoders 2 --epochs 1 "
        "--batch-size 3 --lr 0.001",
        data={"dataset": "."},
        measure=r"Loss[=: ]+(\d+\.\d+)",
    ),
    "gcn": Script("examples/gcn/main.py", "--epochs 60", measure=r"loss(?:_train:)? (\d+\.\d+)"),
    "gat": Script(
        "examples/gat/main.py",
        "--epochs 40 --val-every 10 --num-heads 2 --hidden-dim 16",
        data={"cora": "cora"},
        measure=r"loss(?:_train:)? (\d+\.\d+)",
    ),
    "super_resolution": Script(
        "examples/super_resolution/main.py",
        "--upscale_factor 4 --batchSize 4 --testBatchSize 4 --nEpochs 4 --threads 0 --lr 0.001",
        "--cuda",
        data={"dataset/BSDS300": "BSDS300"},
    ),
    "mass_spring": Script(
        "examples/differentiable_physics/mass_spring.py", "--epochs 60 --steps 10 --log_interval 10"
    ),
    "siamese_network": Script(
        "examples/siamese_network/main.py", "--epochs 1 --log-interval 4 --lr 0.3", data=_MNIST
    ),
    "nanoGPT": Script(
        "nanoGPT/train.py",
        _GPT + " --device=cpu --dtype=float32",
        "--device=cuda",
        data={"data/letters": "letters"},
    ),
}
