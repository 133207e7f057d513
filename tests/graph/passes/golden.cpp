// Every pair <pass>/<case>.{input,expected}.ir beside this file; CERMET_UPDATE_GOLDEN=1 writes the expected ones.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "graph/graph.h"
#include "graph/passes/cse.h"
#include "graph/passes/dce.h"
#include "graph/passes/fold.h"
#include "graph/passes/fuse.h"
#include "graph/passes/fuse_epilogue.h"
#include "graph/passes/inline_composites.h"
#include "graph/passes/simplify.h"
#include "graph/passes/store_constants.h"
#include "graph/passes/transpose_products.h"

namespace cermet::graph {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string run_pass(const std::string& name, const Graph& graph) {
  const std::map<std::string, Graph (*)(const Graph&)> passes = {{"cse", cse},
                                                                 {"dce", dce},
                                                                 {"fold", fold},
                                                                 {"fuse_epilogue", fuse_epilogue},
                                                                 {"inline_composites", inline_composites},
                                                                 {"simplify", simplify},
                                                                 {"store_constants", store_constants},
                                                                 {"transpose_products", transpose_products}};
  if (name == "fuse") {
    const FuseLimits limits;
    const std::vector<FusedRegion> regions = fuse(graph, limits);
    verify(graph, regions, limits);
    return print(graph, regions);
  }
  const Graph result = passes.at(name)(graph);
  verify(result);
  // What a pass leaves unused is dce's business, and would only hide what is tested.
  return print(name == "cse" ? result : dce(result));
}

class Golden : public ::testing::TestWithParam<fs::path> {};

TEST_P(Golden, matches) {
  const fs::path input = GetParam();
  const fs::path expected = fs::path(input).replace_extension().replace_extension(".expected.ir");
  const Graph graph = parse(text_of(input));
  verify(graph);
  const std::string result = run_pass(input.parent_path().filename(), graph);
  if (std::getenv("CERMET_UPDATE_GOLDEN") != nullptr) std::ofstream(expected) << result;
  EXPECT_EQ(result, text_of(expected));
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CERMET_SOURCE_DIR) / "tests/graph/passes")) {
    if (entry.path().string().ends_with(".input.ir")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(golden, there_are_cases_of_every_pass) {
  std::map<std::string, int> count;
  for (const fs::path& path : cases()) ++count[path.parent_path().filename()];
  for (const char* pass :
       {"cse", "dce", "fold", "fuse", "fuse_epilogue", "inline_composites", "simplify", "transpose_products"}) {
    EXPECT_GT(count[pass], 0) << pass;
  }
}

INSTANTIATE_TEST_SUITE_P(cases, Golden, ::testing::ValuesIn(cases()), [](const auto& parameter) {
  std::string name = parameter.param.parent_path().filename().string() + "_" + parameter.param.stem().stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace cermet::graph
