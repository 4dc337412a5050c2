// What the bindings need beyond the public headers: freeing by hand, addresses as numbers, and a run on the caller's memory in one crossing.
#pragma once

#include "quintet/graph.h"
#include "quintet/model.h"
#include "quintet/trainer.h"
#include "quintet/weights.h"

namespace quintet {

// The Java side owns every native object through NativeHandle and frees it here, once.
inline void destroy(Graph* graph) { delete graph; }
inline void destroy(TensorTable* table) { delete table; }
inline void destroy(MappedFile* file) { delete file; }
inline void destroy(MemoryBlock* block) { delete block; }
inline void destroy(CompileOptions* options) { delete options; }
inline void destroy(Model* model) { delete model; }
inline void destroy(ModelParts* parts) { delete parts; }
inline void destroy(Session* session) { delete session; }
inline void destroy(TrainOptions* options) { delete options; }
inline void destroy(Trainer* trainer) { delete trainer; }

/// TensorTable::add for memory that Java knows by its address.
inline void add_tensor(TensorTable* table, const std::string& name, int type, const int64_t* shape, int rank, int64_t address,
                       int64_t bytes, bool in_file) {
  table->add(name, static_cast<DataType>(type), shape, rank, reinterpret_cast<const void*>(address), bytes, in_file);
}

inline int64_t data_address(const MappedFile* file) { return reinterpret_cast<int64_t>(file->data()); }
inline int64_t data_address(const ModelParts* parts, int part) { return reinterpret_cast<int64_t>(parts->data(part)); }
inline int64_t data_address(const MemoryBlock* block) { return reinterpret_cast<int64_t>(block->data()); }

inline void bind_input(Session* session, const float* data, int64_t bytes) { session->bind_input(data, bytes); }
inline void bind_output(Session* session, int output, float* data, int64_t bytes) { session->bind_output(output, data, bytes); }

/// One run from `input` to `output` (the session's first), which are bound for this run only; `own_*` are bound again after it.
inline void run_on(Session* session, const float* input, int64_t input_bytes, float* output, int64_t output_bytes,
                   const float* own_input, float* own_output, int64_t timeout_ms) {
  struct Rebind {
    Session* session;
    const float* input;
    int64_t input_bytes;
    float* output;
    int64_t output_bytes;
    ~Rebind() {
      session->bind_input(input, input_bytes);
      session->bind_output(0, output, output_bytes);
    }
  } rebind{session, own_input, input_bytes, own_output, output_bytes};
  session->bind_input(input, input_bytes);
  session->bind_output(0, output, output_bytes);
  session->run(timeout_ms);
}

}  // namespace quintet
