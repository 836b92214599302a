"""The same training step in PyTorch, as a contestant of the bench.

    npm run bench -- --only torch-cpu --only torch-eager --only torch-compile --only torch-cuda-graph

starts this program once for each engine and size, with what to do as JSON in its only argument, and asks for one thing
after the other, a line each (tests/bench/calls.ts). Weights, reals, latents and mixing weights come from a safetensors
file that the bench writes, so that all engines begin alike.

    torch-cpu         on the CPU, with as many threads as the bench says
    torch-eager       on CUDA, one kernel after the other
    torch-compile     on CUDA, both objectives through torch.compile
    torch-cuda-graph  on CUDA, a whole step captured once as a CUDA graph and replayed

Written from the paper (Karras et al. 2018, table 2, sections 2 to 4, appendix A). Needs PyTorch 1.13 on the CPU, 2.1 or newer
for torch-compile.
"""

import json
import math
import resource
import struct
import sys
import time

import torch
import torch.nn.functional as F

COLORS = 3
COMPARED_STEPS = 5
GROUP = 4
RATE, BETAS, EPSILON = 1e-4, (0.0, 0.99), 1e-8  # the paper's Adam at a tenth of its rate: see cases.ts
GP_WEIGHT, DRIFT = 10.0, 0.001
HALF_LIFE = 10_000  # images after which an old G weighs one half in the average


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    flat = torch.frombuffer(data, dtype=torch.float32)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = flat[begin // 4 : end // 4].reshape(entry["shape"]).clone()
    return tensors


def reordered(name, tensor):
    """From [K,K,in,out] to PyTorch's [out,in,K,K]; dense layers to the order [C,H,W] of flattened features."""
    if tensor.ndim == 4:
        return tensor.permute(3, 2, 0, 1).contiguous()
    if name == "G/b4/dense/weight":
        return tensor.reshape(len(tensor), 4, 4, -1).permute(0, 3, 1, 2).reshape(len(tensor), -1)
    if name == "D/b4/dense/weight":
        return tensor.reshape(4, 4, -1, tensor.shape[1]).permute(2, 0, 1, 3).reshape(tensor.shape)
    return tensor


def he(name, weight):
    """He's constant, gain / sqrt(fan-in) (section 4.1)."""
    if name == "G/b4/dense/weight":
        return math.sqrt(2) / 4 / math.sqrt(len(weight))  # over 16 times the fan-in, as in the authors' code
    gain = 1 if name.startswith("G/") and "rgb" in name or "score" in name else math.sqrt(2)
    fan_in = weight[0].numel() if weight.ndim == 4 else len(weight)
    return gain / math.sqrt(fan_in)


def up2(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def down2(x):
    return F.avg_pool2d(x, 2)


def pixel_norm(x):
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def activate(x):
    return F.leaky_relu(x, 0.2)


def minibatch_stddev(x, sets):
    """`sets` minibatches lie one after the other in x, and their statistics stay apart."""
    N, C, H, W = x.shape
    size = min(GROUP, N // sets)
    groups = x.reshape(sets, size, -1, C * H * W)
    centred = groups - groups.mean(1, keepdim=True)
    y = (centred.square().mean(1, keepdim=True) + 1e-8).sqrt().mean(3, keepdim=True)
    return torch.cat([x, y.expand(-1, size, -1, H * W).reshape(N, 1, H, W)], 1)


class Networks:
    def __init__(self, resolution, fade, weights):
        self.resolution, self.fade = resolution, fade
        self.he = {name: he(name, weight) for name, weight in weights.items() if name.endswith("/weight")}

    def weight(self, w, name):
        return w[f"{name}/weight"] * self.he[f"{name}/weight"]

    def conv(self, w, x, name):
        weight = self.weight(w, name)
        return F.conv2d(x, weight, w[f"{name}/bias"], padding=weight.shape[-1] // 2)

    def dense(self, w, x, name):
        return x @ self.weight(w, name) + w[f"{name}/bias"]

    def generate(self, w, z, alpha):
        layer = lambda x, name: pixel_norm(activate(self.conv(w, x, name)))
        flat = (pixel_norm(z) @ self.weight(w, "G/b4/dense")).reshape(len(z), -1, 4, 4)
        x = pixel_norm(activate(flat + w["G/b4/dense/bias"][:, None, None]))
        x = below = layer(x, "G/b4/conv")
        size = 8
        while size <= self.resolution:
            below = x
            x = layer(layer(up2(x), f"G/b{size}/conv0"), f"G/b{size}/conv1")
            size *= 2
        images = self.conv(w, x, f"G/b{self.resolution}/rgb")
        if not self.fade:
            return images
        return torch.lerp(up2(self.conv(w, below, f"G/b{self.resolution // 2}/rgb")), images, alpha)

    def discriminate(self, w, images, alpha, sets=1):
        layer = lambda x, name: activate(self.conv(w, x, name))
        x = layer(images, f"D/b{self.resolution}/rgb")
        size = self.resolution
        while size > 4:
            x = down2(layer(layer(x, f"D/b{size}/conv0"), f"D/b{size}/conv1"))
            if self.fade and size == self.resolution:
                x = torch.lerp(layer(down2(images), f"D/b{size // 2}/rgb"), x, alpha)
            size //= 2
        x = layer(minibatch_stddev(x, sets), "D/b4/conv").flatten(1)
        return self.dense(w, activate(self.dense(w, x, "D/b4/dense")), "D/b4/score").flatten()

    def fade_reals(self, images, alpha):
        return torch.lerp(up2(down2(images)), images, alpha) if self.fade else images


class Step:
    """Both networks, their optimizers, and what a step of each does."""

    def __init__(self, engine, resolution, fade, batch, tensors, device):
        weights = {name: reordered(name, t) for name, t in tensors.items() if not name.startswith("draw/")}
        self.engine, self.device, self.batch = engine, device, batch
        self.nets = Networks(resolution, fade, weights)
        used = lambda name: "rgb" not in name or any(
            f"/b{size}/" in name for size in ([resolution, resolution // 2] if fade else [resolution])
        )
        place = lambda t: t.to(device).clone().requires_grad_()
        self.first = {name: t.to(device) for name, t in weights.items() if used(name)}
        self.g = {name: place(t) for name, t in self.first.items() if name.startswith("G/")}
        self.d = {name: place(t) for name, t in self.first.items() if name.startswith("D/")}
        self.average = [t.detach().clone() for t in self.g.values()]
        options = {"lr": RATE, "betas": BETAS, "eps": EPSILON}
        if device.type == "cuda":
            options["fused"] = True
        if engine == "torch-cuda-graph":
            options["capturable"] = True
        self.adam_d = torch.optim.Adam(list(self.d.values()), **options)
        self.adam_g = torch.optim.Adam(list(self.g.values()), **options)
        self.objective_d, self.objective_g = self.d_objective, self.g_objective
        if engine == "torch-compile":
            self.objective_d = torch.compile(self.d_objective)
            self.objective_g = torch.compile(self.g_objective)

    def slope(self, critic, images):
        if self.engine == "torch-compile":  # it can't look through a nested autograd.grad
            return torch.func.grad(lambda x: critic(x).sum())(images)
        images = images.requires_grad_()
        return torch.autograd.grad(critic(images).sum(), images, create_graph=True)[0]

    def d_objective(self, d, real, fake, mix, alpha):
        critic = lambda images, sets=1: self.nets.discriminate(d, images, alpha, sets)
        score_real, score_fake = critic(torch.cat([real, fake]), 2).chunk(2)
        slope = self.slope(critic, torch.lerp(real, fake, mix))
        norms = (slope.square().sum([1, 2, 3]) + 1e-12).sqrt()
        penalty = GP_WEIGHT * (norms - 1).square().mean()
        return score_fake.mean() - score_real.mean() + DRIFT * score_real.square().mean() + penalty

    def g_objective(self, g, d, z, alpha):
        return -self.nets.discriminate(d, self.nets.generate(g, z, alpha), alpha).mean()

    def step(self, draw):
        with torch.no_grad():
            fake = self.nets.generate(self.g, draw["zD"], draw["alpha"])
            real = self.nets.fade_reals(draw["real"], draw["alpha"])
        self.adam_d.zero_grad(set_to_none=True)
        loss_d = self.objective_d(self.d, real, fake, draw["mix"], draw["alpha"])
        loss_d.backward(inputs=list(self.d.values()))
        self.adam_d.step()

        self.adam_g.zero_grad(set_to_none=True)
        loss_g = self.objective_g(self.g, self.d, draw["zG"], draw["alpha"])
        loss_g.backward(inputs=list(self.g.values()))
        self.adam_g.step()
        rate = 1 - 0.5 ** (self.batch / HALF_LIFE)
        with torch.no_grad():
            torch._foreach_mul_(self.average, 1 - rate)
            torch._foreach_add_(self.average, list(self.g.values()), alpha=rate)
        return loss_d.detach(), loss_g.detach()

    def restart(self):
        """Back to the first weights, in place: a captured graph keeps to its tensors."""
        with torch.no_grad():
            for name, tensor in [*self.g.items(), *self.d.items()]:
                tensor.copy_(self.first[name])
            for average, tensor in zip(self.average, self.g.values()):
                average.copy_(tensor)
            for adam in (self.adam_d, self.adam_g):
                for state in adam.state.values():
                    for value in state.values():
                        value.zero_()


class Captured:
    """A step as a CUDA graph: inputs are copied to where it was captured with."""

    def __init__(self, step, draw):
        self.given = {name: tensor.clone() for name, tensor in draw.items()}
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step.step(self.given)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.losses = step.step(self.given)
        step.restart()

    def step(self, draw):
        for name, tensor in draw.items():
            self.given[name].copy_(tensor)
        self.graph.replay()
        return self.losses


class Contestant:
    def __init__(self, setup):
        self.setup = setup
        self.on_gpu = setup["engine"] != "torch-cpu"
        if self.on_gpu and not torch.cuda.is_available():
            raise RuntimeError("PyTorch finds no CUDA device here")
        self.device = torch.device("cuda" if self.on_gpu else "cpu")
        torch.set_num_threads(setup["threads"])
        torch.backends.cudnn.allow_tf32 = False  # it rounds to 10 bits, and losses would not agree
        torch.backends.cuda.matmul.allow_tf32 = False
        self.taken = 0
        self.resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def settle(self):
        if self.on_gpu:
            torch.cuda.synchronize()

    def take(self):
        # From the CPU at every step, as the other engines get them.
        draw = self.draws[self.taken % len(self.draws)]
        losses = self.way.step({name: tensor.to(self.device) for name, tensor in draw.items()})
        self.taken += 1
        return losses

    def timed(self, steps=1):
        began = time.perf_counter()
        for _ in range(steps):
            losses = self.take()
        self.settle()
        return 1000 * (time.perf_counter() - began) / steps, losses

    def held(self):
        if self.on_gpu:
            return torch.cuda.max_memory_allocated()
        return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.resident) or None  # too little to be seen

    def begin(self, _):
        of, engine = self.setup["of"], self.setup["engine"]
        R, N = of["resolution"], of["batch"]
        tensors = read_safetensors(self.setup["inputs"])
        shapes = {"zD": (N, -1), "zG": (N, -1), "mix": (N, 1, 1, 1), "alpha": (), "real": (N, R, R, COLORS)}
        self.draws = [
            {name: tensors[f"draw/{step}/{name}"].reshape(shape) for name, shape in shapes.items()}
            for step in range(COMPARED_STEPS)
        ]
        for draw in self.draws:
            draw["real"] = draw["real"].permute(0, 3, 1, 2).contiguous()
        step = Step(engine, R, of["fade"], N, tensors, self.device)
        self.settle()
        began = time.perf_counter()
        first = {name: tensor.to(self.device) for name, tensor in self.draws[0].items()}
        self.way = Captured(step, first) if engine == "torch-cuda-graph" else step
        _, now = self.timed()
        first_ms = 1000 * (time.perf_counter() - began)
        losses, warm = [[loss.item() for loss in now]], []
        for _ in range(COMPARED_STEPS - 1):
            ms, now = self.timed()
            losses.append([loss.item() for loss in now])
            warm.append(ms)
        warm += [self.timed()[0] for _ in range(1 if self.setup["quick"] else 3)]
        start_bytes = self.held()
        if self.on_gpu:
            torch.cuda.reset_peak_memory_stats()
            device = f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}"
        else:
            device = f"CPU, PyTorch {torch.__version__}"
        return {
            "device": device,
            "threads": torch.get_num_threads(),
            "firstStepMs": first_ms,
            "losses": losses,
            "stepMs": min(warm),
            "startBytes": start_bytes,
        }

    def time(self, steps):
        return self.timed(steps)[0]

    def end(self, _):
        return {"dispatchesPerStep": None, "peakBytes": self.held()}


def main():
    contestant = None
    for line in sys.stdin:
        call = json.loads(line)
        try:
            contestant = contestant or Contestant(json.loads(sys.argv[1]))
            answer = {"value": getattr(contestant, call["call"])(call.get("steps", 0))}
        except Exception as error:  # whatever it is, the bench says it in the row
            answer = {"error": str(error).strip().split("\n")[0] or type(error).__name__}
        print("answer", json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
