// Products by oneDNN.
#include "library/cpu/onednn.h"

#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "library/cpu/onednn_api.h"
#include "runtime/buffer.h"

namespace cermet::library::cpu {
namespace {

dnnl_memory_desc_t describe(const Dnnl& api, dnnl_data_type_t type, std::int64_t rows, std::int64_t columns,
                            bool transposed, std::int64_t stride) {
  const dnnl_dims_t extents = {rows, columns};
  const dnnl_dims_t strides = {transposed ? 1 : stride, transposed ? stride : 1};
  dnnl_memory_desc_t out;
  expect(api.memory_desc_init_by_strides(&out, 2, extents, type, strides), "memory description");
  return out;
}

struct ProductKey {
  ProductShape shape;
  Dtype dtype;
  bool with_bias = false;
  friend bool operator==(const ProductKey&, const ProductKey&) = default;
};

struct ProductKeyHasher {
  std::size_t operator()(const ProductKey& key) const {
    const ProductShape& s = key.shape;
    std::uint64_t hash = static_cast<std::uint64_t>(key.dtype.val) * 8 + (key.with_bias ? 4U : 0U) +
                         (s.transposed_a ? 2U : 0U) + (s.transposed_b ? 1U : 0U);
    for (std::int64_t value : {s.m, s.n, s.k, s.lda, s.ldb, s.ldc}) {
      hash = hash_combine(hash, static_cast<std::uint64_t>(value));
    }
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace

class GeneratedProduct {
 public:
  GeneratedProduct() = default;
  GeneratedProduct(const GeneratedProduct&) = delete;
  GeneratedProduct& operator=(const GeneratedProduct&) = delete;
  ~GeneratedProduct() {
    if (primitive != nullptr) api->primitive_destroy(primitive);
  }

  const Dnnl* api = nullptr;
  dnnl_primitive_t primitive = nullptr;
  dnnl_memory_desc_t a{}, b{}, bias{}, c{}, scratch{};
  std::size_t scratch_bytes = 0;
};

namespace {

using ProductPointer = std::shared_ptr<const GeneratedProduct>;

// Null where oneDNN has no generated code: its reference loops are slower than a conversion to float32.
ProductPointer make_product(const Dnnl& api, const ProductKey& key) {
  const ProductShape& s = key.shape;
  const dnnl_data_type_t type = key.dtype == float32 ? dnnl_f32 : dnnl_bf16;
  auto out = std::make_shared<GeneratedProduct>();
  out->api = &api;
  out->a = describe(api, type, s.m, s.k, s.transposed_a, s.lda);
  out->b = describe(api, type, s.k, s.n, s.transposed_b, s.ldb);
  out->c = describe(api, type, s.m, s.n, false, s.ldc);
  out->bias = describe(api, type, 1, s.n, false, s.n);
  dnnl_matmul_desc_t operation;
  expect(api.matmul_desc_init(&operation, &out->a, &out->b, key.with_bias ? &out->bias : nullptr, &out->c), "matmul");
  dnnl_primitive_attr_t attributes = nullptr;
  expect(api.primitive_attr_create(&attributes), "attributes");
  // oneDNN's own scratchpads belong to the thread that made the primitive.
  expect(api.primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "scratchpad mode");
  dnnl_primitive_desc_t description = nullptr;
  const dnnl_status_t status = api.primitive_desc_create(&description, &operation, attributes, api.engine, nullptr);
  api.primitive_attr_destroy(attributes);
  if (status == dnnl_unimplemented) return nullptr;
  expect(status, "primitive description");
  const char* name = "";
  api.primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name);
  const bool generated = !std::string_view(name).starts_with("ref");
  if (const dnnl_memory_desc_t* scratch = api.primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)) {
    out->scratch = *scratch;
    out->scratch_bytes = api.memory_desc_get_size(scratch);
  }
  const dnnl_status_t made = generated ? api.primitive_create(&out->primitive, description) : dnnl_success;
  api.primitive_desc_destroy(description);
  expect(made, "primitive");
  return generated ? out : nullptr;
}

}  // namespace

void onednn_sgemm(const ProductShape& s, const float* a, const float* b, float* c, bool add) {
  const runtime::ForkGate::Inside inside(onednn_gate());
  const Dnnl& api = open_dnnl();
  const OneThread alone(api);
  expect(api.sgemm(s.transposed_a ? 'T' : 'N', s.transposed_b ? 'T' : 'N', s.m, s.n, s.k, 1.0F, a, s.lda, b, s.ldb,
                   add ? 1.0F : 0.0F, c, s.ldc),
         "sgemm");
}

ProductPointer generate_product(const ProductShape& shape, Dtype dtype, bool with_bias) {
  constexpr std::size_t kept = 1024;
  static auto* mutex = new std::mutex;  // held inside the gate only, so never across a fork
  static auto* products = new std::unordered_map<ProductKey, ProductPointer, ProductKeyHasher>;
  const runtime::ForkGate::Inside inside(onednn_gate());
  const Dnnl& api = open_dnnl();
  const std::lock_guard lock(*mutex);
  const ProductKey key{shape, dtype, with_bias};
  if (const auto found = products->find(key); found != products->end()) return found->second;
  if (products->size() >= kept) products->clear();  // making one anew is cheap, a list of uses at each call is not
  const OneThread alone(api);
  return products->emplace(key, make_product(api, key)).first->second;
}

void run_product(const GeneratedProduct& product, const void* a, const void* b, const void* bias, void* c) {
  const runtime::BufferRef scratch =
      product.scratch_bytes > 0 ? runtime::allocate(product.scratch_bytes) : runtime::BufferRef();
  const OneThread alone(*product.api);
  Execution execution(*product.api);
  execution.pass(DNNL_ARG_SRC, product.a, a);
  execution.pass(DNNL_ARG_WEIGHTS, product.b, b);
  execution.pass(DNNL_ARG_DST, product.c, c);
  if (bias != nullptr) execution.pass(DNNL_ARG_BIAS, product.bias, bias);
  if (scratch) execution.pass(DNNL_ARG_SCRATCHPAD, product.scratch, scratch->data());
  execution.run(product.primitive);
}

}  // namespace cermet::library::cpu
