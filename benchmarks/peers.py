#!/usr/bin/env python3
"""Quintet beside ONNX Runtime, OpenVINO and ncnn (their Python packages), float32, on the same networks, weights and picture, in one run. On a
CPU that multiplies bfloat16, Quintet and OpenVINO in that too.

    python3 benchmarks/peers.py                                   # all ten networks, 1 and 2 threads: about half an hour
    python3 benchmarks/peers.py --networks lenet5 resnet50 --threads 1 --seconds 1
    python3 benchmarks/peers.py --write                           # also into BENCHMARKS.md
    python3 benchmarks/peers.py --batch 8 --threads 1 --write     # many pictures at once: without ncnn, which takes one

Each network is exported by `quintet bench --onnx-out`. The answers are compared before anything is timed. Then, in rounds, every library
runs in a process of its own, pinned to the first processors; a library's time is the median over the rounds of its medians.
Writes benchmarks/results/peers.json, peers.md and peers.png, or peers-batch8.*. The packages go into a virtual environment, build/peers-venv."""
import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / "build/peers-venv"
WORK = ROOT / "build/peers"
RESULTS = ROOT / "benchmarks/results"
PACKAGES = ["numpy", "onnx", "onnxruntime", "openvino", "ncnn", "pnnx", "matplotlib"]
NETWORKS = ["lenet5", "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
PEERS = ["onnxruntime", "openvino", "ncnn"]
BFLOAT16_PEER = "openvino-bf16"
TOLERANCE = {"onnxruntime": 1e-4, "openvino": 1e-4, "ncnn": 1e-3, BFLOAT16_PEER: 5e-2, "quintet bf16": 5e-2}   # of the largest logit; ncnn's Winograd may be coarser
END = "<!-- to here -->"


def enter_environment():
    """Goes on inside the virtual environment, which is made where it is not there."""
    python = VENV / "bin/python"
    if Path(sys.prefix) == VENV:
        return
    if not python.exists():
        print("installing", *PACKAGES, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "-q", "install", *PACKAGES], check=True)
    os.execv(str(python), [str(python), *sys.argv])


def variant(network):
    return "article" if network == "lenet5" else "torchvision"


def shape(network, batch):
    return (batch, 1, 32, 32) if network == "lenet5" else (batch, 3, 224, 224)


def with_batch(text, batch, before=" "):
    return text if batch == 1 else f"{text}{before}batch{'' if before == '-' else ' '}{batch}"


def quintet(*arguments, threads=None):
    pinned = ["taskset", "-c", f"0-{threads - 1}"] if threads else []
    done = subprocess.run([*pinned, str(ROOT / "quintet"), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"quintet {' '.join(map(str, arguments))}: {done.stderr.strip()[-400:]}")
    return done.stdout


# --- one peer, in a process of its own -------------------------------------------------------------------------------------------


def onnxruntime_runner(model, picture, threads):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"input": picture})[0]


def openvino_runner(model, picture, threads, precision="f32"):
    import openvino as ov
    core = ov.Core()
    network = core.read_model(model)
    network.reshape(list(picture.shape))
    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(network, "CPU", settings).create_infer_request()
    request.set_input_tensor(ov.Tensor(picture))

    def run():
        request.infer()
        return request.get_output_tensor(0).data
    return run


def ncnn_runner(model, picture, threads):
    import ncnn
    import numpy as np
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    for setting in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, setting, False)
    net.load_param(str(model.with_suffix(".ncnn.param")))
    net.load_model(str(model.with_suffix(".ncnn.bin")))
    given = ncnn.Mat(np.ascontiguousarray(picture[0])).clone()   # its own memory: a Mat keeps no array alive

    def run():
        extractor = net.create_extractor()
        extractor.input("in0", given)
        return np.array(extractor.extract("out0")[1])
    return run


RUNNERS = {"onnxruntime": onnxruntime_runner, "openvino": openvino_runner, "ncnn": ncnn_runner,
           BFLOAT16_PEER: lambda *arguments: openvino_runner(*arguments, precision="bf16")}


def be_peer(peer, model, threads, seconds):
    """Prints one line of JSON; leaves the logits beside the model."""
    import numpy as np
    run = RUNNERS[peer](model, np.load(model.with_suffix(".input.npy")), threads)
    start = time.perf_counter()
    logits = run()
    first = time.perf_counter() - start
    np.save(model.with_suffix(f".{peer}.npy"), np.asarray(logits).reshape(1, -1))
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    ms = np.array(times) * 1e3
    print(json.dumps({"median_ms": float(np.median(ms)), "p90_ms": float(np.percentile(ms, 90)), "p99_ms": float(np.percentile(ms, 99)), "min_ms": float(ms.min()),
                      "first_ms": first * 1e3, "runs": len(times)}))


def measure_peer(peer, model, threads, seconds):
    command = ["taskset", "-c", f"0-{threads - 1}", sys.executable, __file__, "--peer", peer, "--model", str(model), "--threads", str(threads), "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{peer} on {model.stem}: exit {done.returncode} {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout.splitlines()[-1])


# --- preparation: export, convert, compare ---------------------------------------------------------------------------------------


def export(network, precisions, batch):
    """The network as an ONNX file, for ncnn too, with pictures and Quintet's answers to them."""
    import numpy as np
    model = WORK / f"{network}.onnx"
    quintet("bench", network, "--variant", variant(network), "--seconds", 0, "--onnx-out", model)
    np.save(model.with_suffix(".input.npy"), np.random.default_rng(7).standard_normal(shape(network, batch)).astype(np.float32))
    for precision in precisions:
        quintet("run", network, "--variant", variant(network), "--weights", model, "--precision", precision, "--input", model.with_suffix(".input.npy"),
                "--output", model.with_suffix(f".quintet {precision}.npy"))
    return model


def convert_for_ncnn(model, network):
    size = ",".join(map(str, shape(network, 1)))
    subprocess.run([str(VENV / "bin/pnnx"), model.name, f"inputshape=[{size}]", "fp16=0"], cwd=WORK, check=True, capture_output=True)


def compare(library, model):
    """How far its answer is from Quintet's in EXACT, as a part of the largest logit."""
    import numpy as np
    ours, theirs = np.load(model.with_suffix(".quintet exact.npy")).ravel(), np.load(model.with_suffix(f".{library}.npy")).ravel()
    if ours.shape != theirs.shape:
        raise RuntimeError(f"{library} on {model.stem}: {theirs.size} logits, Quintet has {ours.size}")
    error = float(np.abs(ours - theirs).max() / np.abs(ours).max())
    if not error <= TOLERANCE.get(library, 1e-2):
        raise RuntimeError(f"{library} on {model.stem} computes another answer: {error:.2e} of the largest logit apart")
    return error


def prepare(network, peers, precisions, batch):
    """The exported model and how far each library's answer is from Quintet's in EXACT; peers that cannot run it are left out, with the reason."""
    model, failures = export(network, precisions, batch), {}
    errors = {f"quintet {p}": compare(f"quintet {p}", model) for p in precisions if p != "exact"}
    for peer in peers:
        try:
            if peer == "ncnn":
                convert_for_ncnn(model, network)
            measure_peer(peer, model, 1, 0)
            errors[peer] = compare(peer, model)
        except (RuntimeError, subprocess.CalledProcessError) as e:
            failures[peer] = str(e)
            print(f"left out: {e}", file=sys.stderr)
    return model, errors, failures


# --- measurement -----------------------------------------------------------------------------------------------------------------


def measure_quintet(network, threads, seconds, precision, batch):
    text = quintet("bench", network, "--variant", variant(network), "--batch", batch, "--threads", threads, "--seconds", seconds, "--precision", precision, "--json", threads=threads)
    return json.loads(text)


def measure(network, model, peers, arguments, threads):
    """Rows of one network and number of threads: library -> median of the rounds' medians, in milliseconds."""
    import numpy as np
    medians = {}
    for _ in range(arguments.rounds):
        for peer in peers:
            medians.setdefault(peer, []).append(measure_peer(peer, model, threads, arguments.seconds)["median_ms"])
        for precision in arguments.precisions:
            medians.setdefault(f"quintet {precision}", []).append(measure_quintet(network, threads, arguments.seconds, precision, arguments.batch)["median_ms"])
    return {name: float(np.median(values)) for name, values in medians.items()}


def machine():
    info = json.loads(quintet("info", "--json"))
    return {"cpu": info["cpu"], "isa": info["isa"], "processors": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()[0],
            "versions": {**info["versions"], **{p: version(p) for p in PEERS}}}


def table(document):
    names = [f"quintet {p}" for p in document["precisions"]] + document["peers"]
    bfloat16 = BFLOAT16_PEER in names
    ratios = ["fastest float32 peer / Quintet exact"] + (["openvino / Quintet in bf16"] if bfloat16 else [])
    lines = ["| network | threads | " + " | ".join(names + ratios) + " |", "|---|---|" + "---|" * (len(names) + len(ratios))]
    for row in document["rows"]:
        ms = row["median_ms"]
        cells = [f"{ms[n]:.3g}" if n in ms else "-" for n in names] + [f"{row['ratio']:.2f}"]
        if bfloat16:
            cells.append(f"{ms[BFLOAT16_PEER] / ms['quintet bf16']:.2f}" if BFLOAT16_PEER in ms else "-")
        lines.append(f"| {row['network']} ({row['variant']}) | {row['threads']} | " + " | ".join(cells) + " |")
    m = document["machine"]
    versions = ", ".join(f"{p} {m['versions'][p]}" for p in document["peers"] if p in PEERS)
    head = (f"Milliseconds, medians of {document['rounds']} rounds of {document['seconds']:g} s each, batch {document['batch']}, random weights; {m['cpu']} ({m['isa']}), "
            f"{m['processors']} processors, Linux {m['kernel']}; {versions}; {document['date']}.")
    return head + "\n\n" + "\n".join(lines) + "\n\n" + differences(document)


def differences(document):
    names = [f"quintet {p}" for p in document["precisions"] if p != "exact"] + document["peers"]
    lines = ["| network | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for network, errors in document["largest_difference"].items():
        lines.append(f"| {network} | " + " | ".join(f"{errors[n]:.1e}" if n in errors else "-" for n in names) + " |")
    return "Largest difference from Quintet's logits in EXACT, as a part of the largest logit:\n\n" + "\n".join(lines) + "\n"


def picture(document, path):
    """Bars a network, a panel for each number of threads; times on a logarithmic scale."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    names = [f"quintet {p}" for p in document["precisions"]] + document["peers"]
    all_threads = sorted({r["threads"] for r in document["rows"]})
    figure, panels = plt.subplots(len(all_threads), 1, figsize=(11, 4 * len(all_threads)), squeeze=False)
    for panel, threads in zip(panels[:, 0], all_threads):
        rows = [r for r in document["rows"] if r["threads"] == threads]
        width = 0.8 / len(names)
        for i, name in enumerate(names):
            places = [x + (i - (len(names) - 1) / 2) * width for x, r in enumerate(rows) if name in r["median_ms"]]
            panel.bar(places, [r["median_ms"][name] for r in rows if name in r["median_ms"]], width, label=name)
        panel.set_yscale("log")
        panel.set_xticks(range(len(rows)), [r["network"] for r in rows])
        panel.set_ylabel("ms a run")
        panel.set_title(f"{threads} thread{'s' if threads > 1 else ''}, batch {document['batch']}: lower is better")
        panel.legend()
    figure.suptitle(document["machine"]["cpu"])
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def report(batch):
    """The results' file, without a suffix."""
    return RESULTS / with_batch("peers", batch, "-")


def write_report(document):
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = report(document["batch"])
    file.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
    file.with_suffix(".md").write_text(table(document))
    picture(document, file.with_suffix(".png"))


def write_into_benchmarks(batch):
    file, begin = ROOT / "BENCHMARKS.md", f"<!-- {with_batch('peers.py', batch)} writes from here -->"
    before, rest = file.read_text().split(begin)
    after = rest.split(END, 1)[1]
    filled = report(batch).with_suffix(".md").read_text() + f"\n![Milliseconds, by network and library](benchmarks/results/{report(batch).name}.png)\n"
    file.write_text(before + begin + "\n" + filled + END + after)


def run(arguments):
    WORK.mkdir(parents=True, exist_ok=True)
    rows, errors, failures = [], {}, {}
    for network in arguments.networks:
        model, errors[network], failures[network] = prepare(network, arguments.peers, arguments.precisions, arguments.batch)
        peers = [p for p in arguments.peers if p in errors[network]]
        for threads in arguments.threads:
            medians = measure(network, model, peers, arguments, threads)
            fastest = min((medians[p] for p in peers if p in PEERS), default=float("nan"))
            rows.append({"network": network, "variant": variant(network), "threads": threads, "median_ms": medians, "ratio": fastest / medians["quintet exact"]})
            print(f"{network} {threads} threads: " + ", ".join(f"{n} {v:.3g} ms" for n, v in medians.items()), file=sys.stderr)
    document = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "batch": arguments.batch, "rounds": arguments.rounds, "seconds": arguments.seconds, "precisions": arguments.precisions,
                "peers": arguments.peers, "rows": rows, "largest_difference": errors, "left_out": failures}
    write_report(document)
    if arguments.write:
        write_into_benchmarks(arguments.batch)
    print(table(document))


def choose_defaults(arguments):
    bfloat16 = json.loads(quintet("info", "--json"))["bf16"] != "none"
    arguments.precisions = arguments.precisions or ["exact", "fast"] + (["bf16"] if bfloat16 else [])
    if "exact" not in arguments.precisions:
        arguments.precisions.insert(0, "exact")
    arguments.peers = arguments.peers or [p for p in PEERS if p != "ncnn" or arguments.batch == 1] + ([BFLOAT16_PEER] if bfloat16 and "bf16" in arguments.precisions else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batch", type=int, default=1, help="pictures a run")
    parser.add_argument("--precisions", nargs="+", help="of Quintet; exact is always among them (exact fast, and bf16 where the CPU multiplies it)")
    parser.add_argument("--peers", nargs="+", choices=[*PEERS, BFLOAT16_PEER], help="all that float32 has, and with bf16 OpenVINO's")
    parser.add_argument("--seconds", type=float, default=3, help="how long each library runs in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into BENCHMARKS.md")
    parser.add_argument("--peer", choices=RUNNERS, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    enter_environment()
    if arguments.peer:
        be_peer(arguments.peer, arguments.model, arguments.threads[0], arguments.seconds)
        return
    choose_defaults(arguments)
    run(arguments)


if __name__ == "__main__":
    main()
