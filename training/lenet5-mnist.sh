#!/usr/bin/env bash
# Trains weights of LeNet-5 for the models' jar: training/lenet5-mnist.sh [DIR with MNIST's idx files] [OUTPUT]
# The file is what the last epoch leaves: the test digits are looked at behind every epoch, but choose nothing. One thread, so that the
# bits are the same again on the same processor, whatever its cores. Figures: training/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${1:-$root/../shared/data/mnist}
output=${2:-$root/models/src/main/resources/org/quintet/models/weights/lenet5-article.safetensors}
mkdir -p "$(dirname "$output")"

"$root/quintet" train lenet5 --data "$data" --validation "$data" --epochs 5 --batch 64 --optimizer adam --lr 0.001 \
  --schedule cosine --warm-up 0.5 --augment digits --seed 1 --threads 1 --store f16 --output "$output"
"$root/quintet" evaluate lenet5 --weights "$output" --data "$data"
