#!/usr/bin/env bash
# Trains the article's ResNet-18 on CIFAR-10, 32 x 32 x 3: training/resnet18-cifar10.sh [DIR with data_batch_*.bin] [OUTPUT]
# Figures: training/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${1:-$root/../shared/data/cifar10}
output=${2:-resnet18-cifar10.safetensors}

"$root/quintet" train resnet18 --input-shape 32,32,3 --data "$data" --validation "$data" --epochs 15 --batch 64 \
  --optimizer adam --lr 0.001 --l2 1e-4 --schedule cosine --warm-up 1 --augment photographs --seed 1 --threads 1 \
  --output "$output" --metrics "${output%.safetensors}.jsonl" --plot "${output%.safetensors}.png"
"$root/quintet" evaluate resnet18 --weights "$output" --data "$data"
