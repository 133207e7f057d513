// See onednn_convolution.h.
#include "library/cpu/onednn_convolution.h"

#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "library/cpu/onednn_api.h"
#include "runtime/buffer.h"

namespace cermet::library::cpu {

class ConvolutionCode {
 public:
  explicit ConvolutionCode(const Dnnl& dnnl) : api(&dnnl) {}
  ConvolutionCode(const ConvolutionCode&) = delete;
  ConvolutionCode& operator=(const ConvolutionCode&) = delete;
  ~ConvolutionCode() {
    if (primitive != nullptr) api->primitive_destroy(primitive);
    if (reorder != nullptr) api->primitive_destroy(reorder);
  }

  const Dnnl* api;
  ConvolutionPass pass = ConvolutionPass::forward;
  dnnl_primitive_t primitive = nullptr, reorder = nullptr;  // no reorder where the orders agree
  dnnl_memory_desc_t input{}, weights{}, output{}, plain{}, scratch{}, reorder_scratch{};
  std::size_t weight_bytes = 0, scratch_bytes = 0, reorder_scratch_bytes = 0;
};

namespace {

using Key = std::vector<std::int64_t>;

struct KeyHasher {
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = key.size();
    for (std::int64_t word : key) hash = hash_combine(hash, static_cast<std::uint64_t>(word));
    return static_cast<std::size_t>(hash);
  }
};

Key key_of(const ConvolutionShape& s) {
  Key key{static_cast<std::int64_t>(s.pass),
          s.batch,
          s.groups,
          s.inputs,
          s.outputs,
          s.group_stride,
          s.output_stride,
          s.input_stride};
  for (const ConvolutionShape::Axis& a : s.axes) {
    key.insert(key.end(), {a.input, a.kernel, a.output, a.stride, a.dilation, a.low, a.weight_stride});
  }
  return key;
}

// Descriptions of the three arrays; weights as oneDNN likes them and as the caller has them.
struct Descriptions {
  dnnl_memory_desc_t input, weights, output, plain;
};

Descriptions describe(const Dnnl& api, const ConvolutionShape& s) {
  const int rank = static_cast<int>(s.axes.size()) + 2, first = s.groups > 1 ? 3 : 2;
  constexpr dnnl_format_tag_t tags[] = {dnnl_nwc, dnnl_nhwc, dnnl_ndhwc};
  const dnnl_format_tag_t tag = tags[s.axes.size() - 1];
  dnnl_dims_t input = {s.batch, s.groups * s.inputs}, output = {s.batch, s.groups * s.outputs}, weights, strides;
  int at = 0;
  if (s.groups > 1) weights[at] = s.groups, strides[at++] = s.group_stride;
  weights[at] = s.outputs, strides[at++] = s.output_stride;
  weights[at] = s.inputs, strides[at] = s.input_stride;
  for (std::size_t k = 0; k < s.axes.size(); ++k) {
    input[k + 2] = s.axes[k].input;
    output[k + 2] = s.axes[k].output;
    weights[static_cast<std::size_t>(first) + k] = s.axes[k].kernel;
    strides[static_cast<std::size_t>(first) + k] = s.axes[k].weight_stride;
  }
  Descriptions out;
  const int weight_rank = first + static_cast<int>(s.axes.size());
  expect(api.memory_desc_init_by_tag(&out.input, rank, input, dnnl_f32, tag), "memory description");
  expect(api.memory_desc_init_by_tag(&out.output, rank, output, dnnl_f32, tag), "memory description");
  expect(api.memory_desc_init_by_tag(&out.weights, weight_rank, weights, dnnl_f32, dnnl_format_tag_any),
         "memory description");
  expect(api.memory_desc_init_by_strides(&out.plain, weight_rank, weights, dnnl_f32, strides), "memory description");
  return out;
}

dnnl_status_t describe_operation(const Dnnl& api, const ConvolutionShape& s, const Descriptions& d,
                                 dnnl_convolution_desc_t& out) {
  dnnl_dims_t strides, dilations, low, high;
  for (std::size_t k = 0; k < s.axes.size(); ++k) {
    strides[k] = s.axes[k].stride;
    dilations[k] = s.axes[k].dilation - 1;
    low[k] = s.axes[k].low;
    high[k] = s.axes[k].high();
  }
  switch (s.pass) {
    case ConvolutionPass::forward:
      return api.dilated_convolution_forward_desc_init(&out, dnnl_forward_inference, dnnl_convolution_direct, &d.input,
                                                       &d.weights, nullptr, &d.output, strides, dilations, low, high);
    case ConvolutionPass::backward_data:
      return api.dilated_convolution_backward_data_desc_init(&out, dnnl_convolution_direct, &d.input, &d.weights,
                                                             &d.output, strides, dilations, low, high);
    case ConvolutionPass::backward_weights:
      break;
  }
  return api.dilated_convolution_backward_weights_desc_init(&out, dnnl_convolution_direct, &d.input, &d.weights,
                                                            nullptr, &d.output, strides, dilations, low, high);
}

// oneDNN's own scratchpads belong to the thread that made the primitive: the caller of a primitive brings one.
class Attributes {
 public:
  explicit Attributes(const Dnnl& api) : api_(api) {
    expect(api.primitive_attr_create(&value_), "attributes");
    expect(api.primitive_attr_set_scratchpad_mode(value_, dnnl_scratchpad_mode_user), "scratchpad mode");
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { api_.primitive_attr_destroy(value_); }
  dnnl_primitive_attr_t get() const { return value_; }

 private:
  const Dnnl& api_;
  dnnl_primitive_attr_t value_ = nullptr;
};

std::size_t scratch_of(const Dnnl& api, dnnl_primitive_desc_t description, dnnl_memory_desc_t& out) {
  const dnnl_memory_desc_t* scratch = api.primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  if (scratch == nullptr) return 0;
  out = *scratch;
  return api.memory_desc_get_size(scratch);
}

void make_reorder(ConvolutionCode& code, const Attributes& attributes) {
  const Dnnl& api = *code.api;
  if (api.memory_desc_equal(&code.plain, &code.weights) != 0) return;
  const bool back = code.pass == ConvolutionPass::backward_weights;
  dnnl_primitive_desc_t description = nullptr;
  expect(api.reorder_primitive_desc_create(&description, back ? &code.weights : &code.plain, api.engine,
                                           back ? &code.plain : &code.weights, api.engine, attributes.get()),
         "reorder description");
  code.reorder_scratch_bytes = scratch_of(api, description, code.reorder_scratch);
  const dnnl_status_t made = api.primitive_create(&code.reorder, description);
  api.primitive_desc_destroy(description);
  expect(made, "reorder");
}

// oneDNN's reference loops are slower than a product over columns, and so is its own product over columns.
bool is_generated(std::string_view implementation) {
  return !implementation.starts_with("ref") && implementation.find("gemm") == std::string_view::npos;
}

ConvolutionCodeRef make_code(const Dnnl& api, const ConvolutionShape& s) {
  const Descriptions d = describe(api, s);
  dnnl_convolution_desc_t operation;
  if (describe_operation(api, s, d, operation) != dnnl_success) return nullptr;
  const Attributes attributes(api);
  dnnl_primitive_desc_t description = nullptr;
  const dnnl_status_t status =
      api.primitive_desc_create(&description, &operation, attributes.get(), api.engine, nullptr);
  if (status == dnnl_unimplemented) return nullptr;
  expect(status, "primitive description");
  const char* name = "";
  api.primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name);
  auto code = std::make_shared<ConvolutionCode>(api);
  code->pass = s.pass;
  code->input = d.input;
  code->output = d.output;
  code->plain = d.plain;
  const bool gradient = s.pass == ConvolutionPass::backward_weights;
  code->weights =
      *api.primitive_desc_query_md(description, gradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
  code->weight_bytes = api.memory_desc_get_size(&code->weights);
  code->scratch_bytes = scratch_of(api, description, code->scratch);
  const bool generated = is_generated(name);
  const dnnl_status_t made = generated ? api.primitive_create(&code->primitive, description) : dnnl_success;
  api.primitive_desc_destroy(description);
  expect(made, "primitive");
  if (!generated) return nullptr;
  make_reorder(*code, attributes);
  return code;
}

runtime::BufferRef scratch_memory(std::size_t bytes) {
  return bytes > 0 ? runtime::allocate(bytes) : runtime::BufferRef();
}

}  // namespace

ConvolutionCodeRef generate_convolution(const ConvolutionShape& shape) {
  constexpr std::size_t kept = 512;
  static auto* mutex = new std::mutex;  // held inside the gate only, so never across a fork
  static auto* codes = new std::unordered_map<Key, ConvolutionCodeRef, KeyHasher>;
  for (const ConvolutionShape::Axis& axis : shape.axes) {
    if (axis.low < 0 || axis.high() <= -axis.stride) return nullptr;
  }
  const runtime::ForkGate::Inside inside(onednn_gate());
  const Dnnl& api = open_dnnl();
  const std::lock_guard lock(*mutex);
  Key key = key_of(shape);
  if (const auto found = codes->find(key); found != codes->end()) return found->second;
  if (codes->size() >= kept) codes->clear();
  const OneThread alone(api);
  return codes->emplace(std::move(key), make_code(api, shape)).first->second;
}

std::size_t ordered_weight_bytes(const ConvolutionCode& code) { return code.weight_bytes; }

bool same_weight_order(const ConvolutionCode& a, const ConvolutionCode& b) {
  return a.api->memory_desc_equal(&a.weights, &b.weights) != 0;
}

bool keeps_weight_order(const ConvolutionCode& code) { return code.reorder == nullptr; }

void reorder_weights(const ConvolutionCode& code, const void* from, void* to) {
  const bool back = code.pass == ConvolutionPass::backward_weights;
  const runtime::BufferRef scratch = scratch_memory(code.reorder_scratch_bytes);
  const OneThread alone(*code.api);
  Execution execution(*code.api);
  execution.pass(DNNL_ARG_FROM, back ? code.weights : code.plain, from);
  execution.pass(DNNL_ARG_TO, back ? code.plain : code.weights, to);
  if (scratch) execution.pass(DNNL_ARG_SCRATCHPAD, code.reorder_scratch, scratch->data());
  execution.run(code.reorder);
}

void run_convolution(const ConvolutionCode& code, const float* input, const void* weights, const float* output) {
  const bool data = code.pass == ConvolutionPass::backward_data, forward = code.pass == ConvolutionPass::forward;
  const runtime::BufferRef scratch = scratch_memory(code.scratch_bytes);
  const OneThread alone(*code.api);
  Execution execution(*code.api);
  execution.pass(data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, code.input, input);
  execution.pass(forward || data ? DNNL_ARG_WEIGHTS : DNNL_ARG_DIFF_WEIGHTS, code.weights, weights);
  execution.pass(forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, code.output, output);
  if (scratch) execution.pass(DNNL_ARG_SCRATCHPAD, code.scratch, scratch->data());
  execution.run(code.primitive);
}

}  // namespace cermet::library::cpu
