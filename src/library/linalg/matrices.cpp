// What the calls of LAPACK share.
#include "library/linalg/matrices.h"

namespace cermet::library::linalg {

std::string public_name(const Primitive& call) {
  std::string name = call.text;
  const auto at = name.find('_');
  if (at != std::string::npos) name[at] = '.';
  return name;
}

int lapack_extent(const Primitive& call, std::int64_t extent) {
  if (extent > std::numeric_limits<int>::max()) {
    fail<ValueError>("[{}] LAPACK counts in 32 bits; an axis has {} elements.", public_name(call), extent);
  }
  return static_cast<int>(extent);
}

Matrices::Matrices(const Primitive& c, const Operand& operand) : call(&c), x(&operand) {
  const std::size_t rank = operand.shape.size();
  rows = lapack_extent(c, operand.shape[rank - 2]);
  columns = lapack_extent(c, operand.shape[rank - 1]);
  for (std::size_t k = 0; k + 2 < rank; ++k) count *= operand.shape[k];
}

std::int64_t Matrices::offset(std::int64_t index) const {
  std::int64_t offset = 0;
  for (std::size_t k = x->shape.size() - 2; k-- > 0;) {
    offset += index % x->shape[k] * x->strides[k];
    index /= x->shape[k];
  }
  return offset;
}

int workspace_size(const Primitive& call, double answer) {
  if (answer >= std::numeric_limits<int>::max()) {
    fail<ValueError>(
        "[{}] The matrix is too large: LAPACK counts its work array in 32 bits, and {} elements are needed.",
        public_name(call), answer);
  }
  return std::max(1, static_cast<int>(std::ceil(answer)));
}

void fail_matrix(const Matrices& m, std::int64_t index, const std::string& what) {
  if (m.x->shape.size() == 2) fail<ValueError>("[{}] The matrix {}.", public_name(*m.call), what);
  fail<ValueError>("[{}] Matrix {} of the batch {}.", public_name(*m.call), index, what);
}

}  // namespace cermet::library::linalg
