// Pairs of files <pass>/<case>.input.ir and <case>.expected.ir: what a pass makes of a kernel, to read and to keep.
// CERMET_UPDATE_GOLDEN=1 writes the expected files.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "kernel/passes/cases.h"
#include "kernel/passes/legalize.h"

namespace cermet::kernel {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Golden, PassesMakeWhatTheFilesSay) {
  const std::filesystem::path root = std::filesystem::path(CERMET_SOURCE_DIR) / "tests/kernel/passes";
  const Target target = target_preset("x86-64-v4");
  for (const NamedPass& pass : passes()) {
    int pairs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root / pass.name)) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".input.ir")) {
        continue;
      }
      ++pairs;
      Kernel kernel = parse(read(entry.path()));
      pass.run(kernel, target);
      const std::filesystem::path expected = replaced(entry.path().string(), ".input.ir", ".expected.ir");
      if (std::getenv("CERMET_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(expected) << print(kernel);
      }
      EXPECT_EQ(read(expected), print(kernel)) << entry.path();
    }
    EXPECT_GT(pairs, 0) << "no golden files of " << pass.name;
  }
}

}  // namespace
}  // namespace cermet::kernel
