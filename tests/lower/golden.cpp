// Graph text in, kernel text out: the files beside this one. CERMET_UPDATE_GOLDEN=1 rewrites the expectations.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lowered.h"

namespace cermet::lower::testing {
namespace {

std::filesystem::path folder() { return std::filesystem::path(CERMET_SOURCE_DIR) / "tests" / "lower" / "golden"; }

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    const std::string file = entry.path().filename().string();
    const auto end = file.find(".input.ir");
    if (end != std::string::npos) names.push_back(file.substr(0, end));
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, GraphBecomesKernels) {
  const std::string actual = lowered_text(graph::parse(read(folder() / (GetParam() + ".input.ir"))));
  const std::filesystem::path expected = folder() / (GetParam() + ".expected.ir");
  if (std::getenv("CERMET_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected) << actual;
  }
  EXPECT_EQ(actual, read(expected));
}

INSTANTIATE_TEST_SUITE_P(Lower, Golden, ::testing::ValuesIn(cases()), [](const auto& info) { return info.param; });

TEST(Golden, EveryCaseHasAFile) { EXPECT_GE(cases().size(), 12U); }

}  // namespace
}  // namespace cermet::lower::testing
