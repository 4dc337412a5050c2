#!/usr/bin/env python3
"""Training by Quintet beside PyTorch and TensorFlow (their Python packages), float32, on the same networks and batches, in one run.

    python3 benchmarks/training_peers.py                                  # all cases, 2 threads: about ten minutes
    python3 benchmarks/training_peers.py --cases lenet5 --rounds 2        # one of them, added to what is in the report
    python3 benchmarks/training_peers.py --write                          # also into BENCHMARKS.md

Cases: `lenet5`, an epoch of MNIST in batches of 64 (shuffled; the peers hold it in memory, normalised beforehand); `resnet18`, a step on 32 pictures of 64x64;
`resnet50`, a step on 8 of 224x224 (the peers: torchvision's, keras.applications'). All with momentum SGD. PyTorch runs in both of its layouts, and the faster one counts.
In rounds, every library runs in a process of its own, pinned to the first processors; its time is the median over the rounds.
Writes benchmarks/results/training.json and training.md. The packages go into virtual environments, build/training-pytorch and build/training-tensorflow.
Needs the benchmarks' jar: mvn -pl benchmarks -am -DskipTests package."""
import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
CASES = {"lenet5": "LeNet-5, epoch of MNIST, batch 64", "resnet18": "ResNet-18, step, batch 32, 64x64", "resnet50": "ResNet-50, step, batch 8, 224x224"}
STEPS = {"resnet18": (32, 64), "resnet50": (8, 224)}
GOALS = {"lenet5": 1.5, "resnet18": 1.1, "resnet50": 1.1}
PACKAGES = {"pytorch": ["--index-url", "https://download.pytorch.org/whl/cpu", "torch", "torchvision", "numpy"], "tensorflow": ["tensorflow-cpu"]}
LIBRARIES = ["quintet", "pytorch", "pytorch channels last", "tensorflow"]
WARM_STEPS, LEAST_STEPS, LENET_WARM_STEPS, DIGITS = 3, 5, 100, 60_000
BEGIN, END = "<!-- training_peers.py writes from here -->", "<!-- to here: training -->"


def environment(peer):
    """The interpreter with a peer's packages, which are installed where they are not there."""
    folder = ROOT / f"build/training-{peer}"
    python = folder / "bin/python"
    if not python.exists():
        print("installing", peer, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "-q", "install", *PACKAGES[peer]], check=True)
    return python


# --- one peer, in a process of its own -------------------------------------------------------------------------------------------


def mnist(folder):
    """The training digits as the networks take them: float32 N,32,32 and the classes."""
    import numpy as np
    pictures = np.frombuffer(gzip.open(folder / "train-images-idx3-ubyte.gz").read(), np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.frombuffer(gzip.open(folder / "train-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
    padded = np.pad(pictures, ((0, 0), (2, 2), (2, 2))).astype(np.float32) / 255
    return (padded - 0.1307) / 0.3081, labels.astype(np.int64)


def time_steps(step, seconds):
    """Milliseconds of each step, once it is warm."""
    for _ in range(WARM_STEPS):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < LEAST_STEPS:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def be_pytorch(case, arguments, channels_last):
    import torch
    import torchvision
    from torch import nn
    torch.set_num_threads(arguments.threads)
    form = torch.channels_last if channels_last else torch.contiguous_format
    if case == "lenet5":
        model = nn.Sequential(nn.Conv2d(1, 20, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                              nn.Linear(50 * 8 * 8, 500), nn.ReLU(), nn.Linear(500, 10))
    else:
        model = getattr(torchvision.models, case)()
    model = model.to(memory_format=form).train()
    optimizer, loss_of = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), nn.CrossEntropyLoss()

    def step(x, y):
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    if case != "lenet5":
        batch, size = STEPS[case]
        x, y = torch.randn(batch, 3, size, size).contiguous(memory_format=form), torch.arange(batch) % 10
        return {"step_times": time_steps(lambda: step(x, y), arguments.seconds)}
    pictures, labels = mnist(arguments.mnist)
    pictures, labels = torch.from_numpy(pictures).unsqueeze(1), torch.from_numpy(labels)
    for i in range(LENET_WARM_STEPS):
        step(pictures[i * 64:(i + 1) * 64], labels[i * 64:(i + 1) * 64])
    start = time.perf_counter()
    for chosen in torch.randperm(len(labels))[:arguments.samples].split(64):
        step(pictures[chosen], labels[chosen])
    return {"ms": (time.perf_counter() - start) * 1e3 * DIGITS / arguments.samples}


def be_tensorflow(case, arguments):
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1 if arguments.threads == 1 else 2)
    layers = tf.keras.layers
    if case == "lenet5":
        model = tf.keras.Sequential([layers.Input((32, 32, 1)), layers.Conv2D(20, 5, padding="same", activation="relu"), layers.MaxPooling2D(),
                                     layers.Conv2D(50, 5, padding="same", activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(500, activation="relu"),
                                     layers.Dense(10)])
    elif case == "resnet50":
        model = tf.keras.applications.ResNet50(weights=None, classifier_activation=None)
    else:
        return {}                                  # Keras has no ResNet-18
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.SGD(0.01, momentum=0.9)
    if case == "lenet5":
        model.compile(loss=loss, optimizer=optimizer)
        pictures, labels = mnist(arguments.mnist)
        data = tf.data.Dataset.from_tensor_slices((pictures[..., None], labels)).cache().shuffle(len(labels)).batch(64).prefetch(tf.data.AUTOTUNE)
        model.fit(data.take(LENET_WARM_STEPS), verbose=0)
        start = time.perf_counter()
        model.fit(data.take(-(-arguments.samples // 64)), verbose=0)
        return {"ms": (time.perf_counter() - start) * 1e3 * DIGITS / arguments.samples}
    batch, size = STEPS[case]
    x, y = tf.random.normal((batch, size, size, 3)), tf.range(batch) % 10
    optimizer.build(model.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
        return value

    return {"step_times": time_steps(lambda: float(step()), arguments.seconds)}


def be_peer(library, case, arguments):
    """Prints one line of JSON; an empty object if the library has not the case."""
    found = be_tensorflow(case, arguments) if library == "tensorflow" else be_pytorch(case, arguments, library.endswith("last"))
    if "step_times" in found:
        times = found.pop("step_times")
        found.update(ms=statistics.median(times), steps=len(times))
    print(json.dumps(found))


# --- all of them -----------------------------------------------------------------------------------------------------------------


def quintet_command(case, arguments):
    jar = next((ROOT / "benchmarks/target").glob("quintet-benchmarks-*.jar"), None)
    if jar is None:
        sys.exit("benchmarks/target has no jar: mvn -pl benchmarks -am -DskipTests package")
    java = ["java", "-XX:+UseSerialGC", "-cp", os.environ.get("QUINTET_BENCHMARK_CLASSPATH", str(jar)), "org.quintet.benchmarks.TrainingBenchmark"]
    if case == "lenet5":
        return [*java, "epoch", str(arguments.mnist), str(arguments.samples), str(arguments.threads)]
    batch, size = STEPS[case]
    return [*java, "step", case, "torchvision", str(batch), str(size), str(arguments.threads), str(arguments.seconds)]


def command(library, case, arguments):
    if library == "quintet":
        return quintet_command(case, arguments)
    python = environment(library.split()[0])
    return [str(python), __file__, "--peer", library, "--cases", case, "--threads", str(arguments.threads), "--seconds", str(arguments.seconds), "--samples", str(arguments.samples),
            "--mnist", str(arguments.mnist)]


def measure(library, case, arguments):
    pinned = ["taskset", "-c", f"0-{arguments.threads - 1}"]
    done = subprocess.run([*pinned, *command(library, case, arguments)], capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    if done.returncode:
        raise RuntimeError(f"{library} on {case}: exit {done.returncode} {done.stderr.strip()[-800:]}")
    return json.loads(done.stdout.splitlines()[-1])


def row(case, arguments):
    rounds, facts = {}, {}
    for _ in range(arguments.rounds):
        for library in LIBRARIES:
            found = measure(library, case, arguments)
            if found:
                rounds.setdefault(library, []).append(found["ms"])
                print(f"{case}: {library} {found['ms']:.4g} ms", file=sys.stderr)
            if library == "quintet":
                facts = {name: value for name, value in found.items() if name not in ("ms", "step_ms", "least_step_ms", "steps")}
    medians = {library: statistics.median(times) for library, times in rounds.items()}
    pytorch = min(ms for library, ms in medians.items() if library.startswith("pytorch"))
    return {"case": case, "threads": arguments.threads, "samples": arguments.samples if case == "lenet5" else None, "rounds_ms": rounds, "median_ms": medians, "quintet": facts,
            "ratio": {"pytorch": pytorch / medians["quintet"], **({"tensorflow": medians["tensorflow"] / medians["quintet"]} if "tensorflow" in medians else {})}}


def versions():
    script = {"pytorch": "import torch; print(torch.__version__)", "tensorflow": "import tensorflow as t; print(t.__version__)"}
    return {peer: subprocess.run([str(environment(peer)), "-c", code], capture_output=True, text=True).stdout.strip() for peer, code in script.items()}


def processor():
    return next(line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))


def table(document):
    lines = ["| case | threads | " + " | ".join(LIBRARIES) + " | PyTorch / Quintet | TensorFlow / Quintet | memory: arena + parameters |", "|---|---|" + "---|" * (len(LIBRARIES) + 3)]
    for r in document["rows"]:
        cells = [f"{r['median_ms'][name]:,.0f}" if name in r["median_ms"] else "-" for name in LIBRARIES]
        ratios = [f"{r['ratio'][peer]:.2f}" if peer in r["ratio"] else "-" for peer in ("pytorch", "tensorflow")]
        memory = f"{r['quintet']['arena_bytes'] / 1e6:.1f} + {r['quintet']['parameter_bytes'] / 1e6:.1f} MB"
        lines.append(f"| {CASES[r['case']]} | {r['threads']} | " + " | ".join(cells + ratios) + f" | {memory} |")
    v = document["versions"]
    rounds = sorted({len(times) for r in document["rows"] for times in r["rounds_ms"].values()})
    head = (f"Milliseconds, medians of {' to '.join(map(str, dict.fromkeys((rounds[0], rounds[-1]))))} round(s), momentum SGD, float32; {document['cpu']}, {document['processors']} processors, Linux {document['kernel']}; PyTorch {v['pytorch']}, "
            f"TensorFlow {v['tensorflow']}; {document['date']}. The ratio to PyTorch is of its faster layout.")
    scaled = {r["samples"] for r in document["rows"] if r.get("samples") not in (None, DIGITS)}
    head += f" LeNet-5's epoch is scaled from {scaled.pop():,} digits." if scaled else ""
    return head + "\n\n" + "\n".join(lines) + "\n"


def write_report(rows, write):
    """Cases that were not measured this time stay as they were."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / "training.json"
    old = json.loads(file.read_text())["rows"] if file.exists() else []
    measured = {(r["case"], r["threads"]) for r in rows}
    rows = [r for r in old if (r["case"], r["threads"]) not in measured] + rows
    rows.sort(key=lambda r: (list(CASES).index(r["case"]), r["threads"]))
    document = {"date": time.strftime("%Y-%m-%d"), "cpu": processor(), "processors": os.cpu_count(), "kernel": platform.release(), "versions": versions(), "rows": rows}
    file.write_text(json.dumps(document, indent=1) + "\n")
    (RESULTS / "training.md").write_text(table(document))
    if write:
        report = ROOT / "BENCHMARKS.md"
        before, rest = report.read_text().split(BEGIN)
        report.write_text(before + BEGIN + "\n" + table(document) + END + rest.split(END)[1])
    print(table(document))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5, help="how long steps are timed in each round")
    parser.add_argument("--samples", type=int, default=DIGITS, help="digits of the timed epoch; its time is scaled to all 60,000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mnist", type=Path, default=ROOT / "../shared/data/mnist", help="folder with MNIST's idx files")
    parser.add_argument("--write", action="store_true", help="put the table into BENCHMARKS.md")
    parser.add_argument("--peer", choices=LIBRARIES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        be_peer(arguments.peer, arguments.cases[0], arguments)
        return
    rows = [row(case, arguments) for case in arguments.cases]
    write_report(rows, arguments.write)
    missed = [f"{r['case']}: {peer} {ratio:.2f}" for r in rows for peer, ratio in r["ratio"].items() if ratio < GOALS[r["case"]]]
    if missed:
        print("below the goal: " + ", ".join(missed), file=sys.stderr)


if __name__ == "__main__":
    main()
