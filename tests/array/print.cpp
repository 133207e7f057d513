// The text of arrays.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "array/values.h"

namespace cermet {
namespace {

TEST(Print, Scalars) {
  EXPECT_EQ(to_string(array(3)), "array(3, dtype=int32)");
  EXPECT_EQ(to_string(array(0.5F)), "array(0.5, dtype=float32)");
  EXPECT_EQ(to_string(array(true)), "array(True, dtype=bool)");
  EXPECT_EQ(to_string(array(std::complex<float>(1, -2))), "array(1-2j, dtype=complex64)");
}

TEST(Print, Vectors) {
  EXPECT_EQ(to_string(array({1.0F, 2.5F, 100.25F})), "array([1, 2.5, 100.25], dtype=float32)");
  EXPECT_EQ(to_string(array({1.0F / 3, 1e-10F, 1e20F, std::nanf(""), -INFINITY})),
            "array([0.333333, 1e-10, 1e+20, nan, -inf], dtype=float32)");
  EXPECT_EQ(to_string(array({1, 2}, int8)), "array([1, 2], dtype=int8)");
  EXPECT_EQ(to_string(array({200, 2}, uint8)), "array([200, 2], dtype=uint8)");
  EXPECT_EQ(to_string(array({0.1F}, bfloat16)), "array([0.100098], dtype=bfloat16)");
}

TEST(Print, TablesHaveAlignedColumns) {
  EXPECT_EQ(to_string(array({1, 10, 100, 2}, {2, 2})),
            "array([[  1, 10],\n"
            "       [100,  2]], dtype=int32)");
  EXPECT_EQ(to_string(zeros({2, 1, 2})),
            "array([[[0, 0]],\n"
            "       [[0, 0]]], dtype=float32)");
}

TEST(Print, EmptyArraysShowTheirShape) {
  EXPECT_EQ(to_string(zeros({0})), "array([], dtype=float32)");
  EXPECT_EQ(to_string(zeros({0, 3})), "array([], shape=(0, 3), dtype=float32)");
}

TEST(Print, LargeArraysShowTheirEdges) {
  EXPECT_EQ(to_string(arange(2000)), "array([0, 1, 2, ..., 1997, 1998, 1999], dtype=int32)");
  EXPECT_EQ(to_string(arange(6)), "array([0, 1, 2, 3, 4, 5], dtype=int32)");
  EXPECT_EQ(to_string(reshape(arange(2400), {2, 1200})),
            "array([[   0,    1,    2, ..., 1197, 1198, 1199],\n"
            "       [1200, 1201, 1202, ..., 2397, 2398, 2399]], dtype=int32)");
  const std::string square = to_string(zeros({1000, 1000}));
  EXPECT_NE(square.find("       ...,\n"), std::string::npos);
  EXPECT_LT(square.size(), 400U);
}

TEST(Print, Views) {
  EXPECT_EQ(to_string(transpose(array({1, 2, 3, 4}, {2, 2}))),
            "array([[1, 3],\n"
            "       [2, 4]], dtype=int32)");
  std::ostringstream out;
  out << broadcast_to(array({7}), {2, 2});
  EXPECT_EQ(out.str(),
            "array([[7, 7],\n"
            "       [7, 7]], dtype=int32)");
}

}  // namespace
}  // namespace cermet
