// LAPACK calls as the graph describes them: packed results of random matrices put together again, and matrices that
// have no result.
#include "library/linalg/linalg.h"

#include <gtest/gtest.h>

#include <complex>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "graph/ops/library_op.h"

namespace cermet::library {
namespace {

using Matrix = std::vector<double>;

Operand window(double* data, std::initializer_list<std::int64_t> shape) {
  Operand x;
  x.data = data;
  x.dtype = float64;
  x.shape = shape;
  x.strides.resize(shape.size());
  std::int64_t stride = 1;
  for (std::size_t k = shape.size(); k-- > 0; stride *= x.shape[k]) x.strides[k] = stride;
  return x;
}

Matrix random_matrix(std::int64_t elements, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Matrix out(static_cast<std::size_t>(elements));
  for (double& x : out) x = normal(random);
  return out;
}

Matrix product(const double* a, const double* b, std::int64_t m, std::int64_t k, std::int64_t n) {
  Matrix out(static_cast<std::size_t>(m * n));
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t l = 0; l < k; ++l) out[static_cast<std::size_t>(i * n + j)] += a[i * k + l] * b[l * n + j];
    }
  }
  return out;
}

void expect_near(const double* actual, const double* expected, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) EXPECT_NEAR(actual[i], expected[i], 1e-11) << "element " << i;
}

Matrix run(std::string_view name, std::vector<Operand> operands, std::optional<std::int64_t> argument = std::nullopt) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = name;
  if (argument) call.axes.push_back(*argument);
  std::vector<ArrayType> types;
  for (const Operand& x : operands) {
    ArrayType& type = types.emplace_back();
    for (std::int64_t extent : x.shape) type.shape.push_back(extent);
    type.dtype = x.dtype;
  }
  IntExprTable table;
  const ArrayType type = graph::find_library_op(name).infer(call, types, table);
  Matrix out(static_cast<std::size_t>(type.shape.elements()));
  Operand& result = operands.emplace_back();
  result.data = out.data();
  result.dtype = type.dtype;
  for (Dim extent : type.shape) result.shape.push_back(extent.value());
  find_function(name).run(call, operands);
  return out;
}

TEST(Linalg, PackedPartsGiveTheMatricesOfABatchBack) {
  constexpr std::int64_t m = 5, n = 4, k = 4, batch = 6;
  Matrix a = random_matrix(batch * m * n, 1);
  const Operand x = window(a.data(), {batch, m, n});
  const Matrix qr = run("linalg_qr", {x});
  const Matrix svd = run("linalg_svd", {x}, 1);
  const Matrix lu = run("linalg_lu", {x});
  for (std::int64_t i = 0; i < batch; ++i) {
    const double* const matrix = a.data() + i * m * n;
    const double* const q = qr.data() + i * k * (m + n);
    expect_near(product(q, q + m * k, m, k, n).data(), matrix, m * n);
    const double* const u = svd.data() + i * (k + k * (m + n));
    const double *const s = u + m * k, *const vt = s + k;
    Matrix scaled(u, u + m * k);
    for (std::int64_t j = 0; j < m * k; ++j) scaled[static_cast<std::size_t>(j)] *= s[j % k];
    expect_near(product(scaled.data(), vt, m, k, n).data(), matrix, m * n);
    const double* const p = lu.data() + i * (m + k * (m + n));
    const Matrix rows = product(p + m, p + m + m * k, m, k, n);
    for (std::int64_t row = 0; row < m; ++row) {
      expect_near(rows.data() + static_cast<std::int64_t>(p[row]) * n, matrix + row * n, n);
    }
  }
}

TEST(Linalg, StridedMatricesAndSharedOnes) {
  constexpr std::int64_t n = 4;
  Matrix a = random_matrix(n * n, 2), b = random_matrix(3 * n, 3);
  Operand transposed = window(a.data(), {n, n});
  std::swap(transposed.strides[0], transposed.strides[1]);
  const Matrix inverse = run("linalg_inv", {transposed});
  Matrix at(static_cast<std::size_t>(n * n));
  for (std::int64_t i = 0; i < n * n; ++i)
    at[static_cast<std::size_t>(i)] = a[static_cast<std::size_t>(i % n * n + i / n)];
  Matrix identity(static_cast<std::size_t>(n * n));
  for (std::int64_t i = 0; i < n; ++i) identity[static_cast<std::size_t>(i * n + i)] = 1;
  expect_near(product(inverse.data(), at.data(), n, n, n).data(), identity.data(), n * n);
  Operand shared = window(a.data(), {3, n, n});
  shared.strides[0] = 0;
  const Matrix x = run("linalg_solve", {shared, window(b.data(), {3, n, 1})});
  for (std::int64_t i = 0; i < 3; ++i) {
    expect_near(product(a.data(), x.data() + i * n, n, n, 1).data(), b.data() + i * n, n);
  }
}

TEST(Linalg, ErrorsNameTheMatrix) {
  Matrix a = random_matrix(3 * 4, 4);
  std::fill(a.begin() + 4, a.begin() + 8, 1.0);
  try {
    run("linalg_inv", {window(a.data(), {3, 2, 2})});
    FAIL();
  } catch (const ValueError& e) {
    EXPECT_STREQ(e.what(), "[linalg.inv] Matrix 1 of the batch is singular.");
  }
  a[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(run("linalg_svdvals", {window(a.data(), {2, 2})}, 0), ValueError);
  EXPECT_THROW(run("linalg_cholesky", {window(a.data() + 4, {2, 2})}, 0), ValueError);
  Operand vector = window(a.data(), {4});
  EXPECT_THROW(run("linalg_qr", {vector}), ValueError);
  EXPECT_THROW(run("linalg_inv", {window(a.data(), {2, 3})}), ValueError);
}

TEST(Linalg, RunsInManyThreadsAtOnce) {
  constexpr std::int64_t n = 64;
  Matrix a = random_matrix(n * n, 5);
  const Matrix expected = run("linalg_svdvals", {window(a.data(), {n, n})}, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        expect_near(run("linalg_svdvals", {window(a.data(), {n, n})}, 0).data(), expected.data(), n);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Linalg, EveryCallOfTheGraphHasAFunction) {
  for (const graph::LibraryOp& op : graph::library_ops()) EXPECT_NO_THROW(find_function(op.name)) << op.name;
  EXPECT_EQ(graph::library_ops().size(), functions().size());
}

}  // namespace
}  // namespace cermet::library
