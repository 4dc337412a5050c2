#include "small_networks.h"

namespace quintet::testing {
namespace {

struct Composer {
  Network& network;
  int next = 0;
  int convolution(int in, int filters, int kernel, int stride = 1) {
    const std::string k = std::to_string(kernel), p = std::to_string(kernel / 2), s = std::to_string(stride);
    return network.add("convolution", "c" + std::to_string(next++), {in},
                       "filters=" + std::to_string(filters) + " bias=false kernel=" + k + "," + k + " stride=" + s + "," + s + " padding=" + p + "," + p + "," + p + "," + p);
  }
  int norm(int in) { return network.add("batch_norm", "n" + std::to_string(next++), {in}, "epsilon=1e-3"); }
  int relu(int in) { return network.add("relu", "r" + std::to_string(next++), {in}); }
  int layer(int in, int filters, int kernel, int stride = 1) { return relu(norm(convolution(in, filters, kernel, stride))); }
};

}  // namespace

Network lenet() {
  Network network(1, 28, 28);
  Composer c{network};
  int x = network.add("max_pool", "p1", {c.relu(c.convolution(0, 20, 5))}, "kernel=2,2");
  x = network.add("max_pool", "p2", {c.relu(c.convolution(x, 50, 5))}, "kernel=2,2");
  network.head(network.add("dense", "d2", {network.add("relu", "rd", {network.add("dense", "d1", {network.add("flatten", "f", {x})}, "units=100")})}, "units=10"));
  return network;
}

Network resnet() {
  Network network(3, 32, 32);
  Composer c{network};
  int x = network.add("max_pool", "p", {c.layer(0, 32, 7, 2)}, "kernel=3,3 stride=2,2 padding=1,1,1,1");
  for (const auto& [filters, stride] : {std::pair{32, 1}, {64, 2}, {64, 1}}) {
    const int branch = c.norm(c.convolution(c.layer(c.layer(x, filters, 1), filters, 3, stride), filters * 2, 1));
    const int shortcut = network.graph.node_dim(x, 1) == filters * 2 && stride == 1 ? x : c.norm(c.convolution(x, filters * 2, 1, stride));
    x = c.relu(network.add("add", "sum" + std::to_string(c.next), {branch, shortcut}));
  }
  network.head(network.add("dense", "d", {network.add("global_average_pool", "g", {x})}, "units=10"));
  return network;
}

Network googlenet() {
  Network network(3, 24, 28);
  Composer c{network};
  int x = network.add("lrn", "l", {c.layer(0, 24, 3)}, "size=5 alpha=1e-4 beta=0.75 k=1");
  for (int module = 0; module < 2; ++module) {
    const int a = c.layer(x, 16, 1), b = c.layer(c.layer(x, 24, 1), 32, 3), d = c.layer(c.layer(x, 12, 1), 20, 5);
    const int p = c.layer(network.add("max_pool", "p" + std::to_string(module), {x}, "kernel=3,3 stride=1,1 padding=1,1,1,1"), 12, 1);
    x = network.add("concat", "all" + std::to_string(module), {a, b, d, p});
  }
  x = network.add("average_pool", "half", {x}, "kernel=2,2");
  network.head(network.add("dense", "d", {network.add("dropout", "drop", {network.add("global_average_pool", "g", {x})}, "rate=0.4")}, "units=10"));
  return network;
}

reference::Tensor as_tensor(const std::vector<float>& values) {
  reference::Tensor t(Shape::features(1, static_cast<int64_t>(values.size())));
  t.values.assign(values.begin(), values.end());
  return t;
}

}  // namespace quintet::testing
