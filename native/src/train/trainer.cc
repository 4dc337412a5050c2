#include "quintet/trainer.h"

#include "quintet/error.h"
#include "train/training.h"

namespace quintet {
namespace {
[[noreturn]] void unavailable() { throw Error(ErrorKind::kUnsupported, "training is not in this build"); }
}  // namespace

Trainer::Trainer(const Graph&, const TensorTable&, const TrainOptions&) { unavailable(); }
Trainer::~Trainer() = default;
void Trainer::set_learning_rate(double) { unavailable(); }
double Trainer::learning_rate() const { unavailable(); }
double Trainer::step(const float*, int64_t, const int*, int) { unavailable(); }
double Trainer::step_on_targets(const float*, int64_t, const float*, int64_t, int) { unavailable(); }
double Trainer::evaluate(const float*, int64_t, const int*, int) { unavailable(); }
double Trainer::evaluate_on_targets(const float*, int64_t, const float*, int64_t, int) { unavailable(); }
double Trainer::head_loss(int) const { unavailable(); }
int64_t Trainer::correct() const { unavailable(); }
int Trainer::parameter_count() const { unavailable(); }
std::string Trainer::parameter_name(int) const { unavailable(); }
bool Trainer::parameter_trainable(int) const { unavailable(); }
void Trainer::read_parameter(int, float*, int64_t) const { unavailable(); }
void Trainer::write_parameter(int, const float*, int64_t) { unavailable(); }
void Trainer::read_gradient(int, float*, int64_t) const { unavailable(); }
int Trainer::state_count() const { unavailable(); }
std::string Trainer::state_name(int) const { unavailable(); }
int Trainer::state_parameter(int) const { unavailable(); }
void Trainer::read_state(int, float*, int64_t) const { unavailable(); }
void Trainer::write_state(int, const float*, int64_t) { unavailable(); }
int64_t Trainer::steps() const { unavailable(); }
void Trainer::set_steps(int64_t) { unavailable(); }
int64_t Trainer::parameter_bytes() const { unavailable(); }
int64_t Trainer::arena_bytes() const { unavailable(); }
std::string Trainer::explain() const { unavailable(); }
std::string Trainer::profile(int) { unavailable(); }

}  // namespace quintet
