// Runs named passes on an IR file and prints what comes out: `cermet_opt [--target NAME] PASS... FILE`. A graph can go
// all the way down (lower, legalize, llvm); every result is verified.
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/error.h"
#include "codegen/print_llvm.h"
#include "exec/plan.h"
#include "graph/passes/fuse.h"
#include "kernel/passes/legalize.h"
#include "lower/lower.h"
#include "runtime/kernel_cache.h"

namespace cermet {
namespace {

constexpr std::string_view usage =
    "usage: cermet_opt [--target NAME] [STEP...] FILE\n"
    "FILE holds a graph or a kernel as their printers write it; - reads it from standard input.\n"
    "STEPs run from left to right:\n";

struct Step {
  std::string_view name, does;
};

constexpr Step steps[] = {
    {"optimise", "graph: all graph passes"},
    {"fuse", "graph: shows which nodes make which kernel; ends the run"},
    {"lower", "graph: fuses and makes kernels"},
    {"legalize", "kernel: all kernel passes"},
    {"llvm", "legal kernel: prints LLVM IR; ends the run"},
    {"asm", "legal kernel: prints machine code; ends the run"},
};

std::string help() {
  std::string text(usage);
  for (const Step& step : steps) text += fmt::format("  {:<20}{}\n", step.name, step.does);
  for (const exec::GraphPass& pass : exec::graph_passes()) text += fmt::format("  {:<20}graph pass\n", pass.name);
  for (const kernel::NamedPass& pass : kernel::passes()) text += fmt::format("  {:<20}kernel pass\n", pass.name);
  return text;
}

std::string read(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path);
  if (!file) throw ValueError(fmt::format("cannot read {}", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What the steps work on: a graph until it is lowered, then kernels; `text` once a step has ended the run.
class Run {
 public:
  Run(std::string_view source, Target target) : target_(std::move(target)) {
    if (source.substr(source.find_first_not_of(" \n"), 5) == "graph") {
      graph_ = graph::parse(source);
      graph::verify(*graph_);
    } else {
      kernels_.push_back(kernel::parse(source));
    }
  }

  void step(std::string_view name) {
    if (text_) throw ValueError(fmt::format("{}: the step before it printed its result already", name));
    if (!(graph_ ? graph_step(name) : kernel_step(name))) {
      throw ValueError(fmt::format("no step '{}' for a {}\n{}", name, graph_ ? "graph" : "kernel", help()));
    }
  }

  std::string result() const {
    if (text_) return *text_;
    if (graph_) return graph::print(*graph_);
    std::string text;
    for (const kernel::Kernel& k : kernels_) text += kernel::print(k);
    return text;
  }

 private:
  bool graph_step(std::string_view name) {
    if (name == "fuse") {
      text_ = graph::print(*graph_, graph::fuse(*graph_, exec::fuse_limits(target_)));
      return true;
    }
    if (name == "lower") {
      lower();
      return true;
    }
    bool found = false;
    for (const exec::GraphPass& pass : exec::graph_passes()) {
      if (name != pass.name && name != "optimise") continue;
      graph_ = pass.run(*graph_);
      graph::verify(*graph_);
      found = true;
    }
    return found;
  }

  void lower() {
    for (const graph::FusedRegion& region : graph::fuse(*graph_, exec::fuse_limits(target_))) {
      if (region.kind == graph::RegionKind::library || region.kind == graph::RegionKind::view) continue;
      for (lower::LoweredKernel& lowered : lower::lower(*graph_, region, target_).kernels) {
        kernels_.push_back(std::move(lowered.kernel));
      }
    }
    graph_.reset();
  }

  bool kernel_step(std::string_view name) {
    if (name == "llvm" || name == "asm") {
      text_ = "";
      for (const kernel::Kernel& k : kernels_) {
        const std::string source = codegen::print_llvm(k, target_, "kernel");
        *text_ += name == "llvm" ? source : runtime::assemble(source);
      }
      return true;
    }
    bool found = false;
    for (const kernel::NamedPass& pass : kernel::passes()) {
      if (name != pass.name && name != "legalize") continue;
      for (kernel::Kernel& k : kernels_) {
        pass.run(k, target_);
        if (pass.after != kernel::Stage::built) kernel::verify(k, pass.after, target_);
      }
      found = true;
    }
    return found;
  }

  Target target_;
  std::optional<graph::Graph> graph_;
  std::vector<kernel::Kernel> kernels_;
  std::optional<std::string> text_;
};

int run(std::vector<std::string> arguments) {
  Target target = host_target();
  if (arguments.size() > 1 && arguments[0] == "--target") {
    target = target_preset(arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.empty() || arguments[0] == "--help") {
    std::cout << help();
    return arguments.empty() ? 2 : 0;
  }
  Run run(read(arguments.back()), std::move(target));
  arguments.pop_back();
  for (const std::string& step : arguments) run.step(step);
  std::cout << run.result();
  return 0;
}

}  // namespace
}  // namespace cermet

int main(int argc, char** argv) {
  try {
    return cermet::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "cermet_opt: " << error.what() << "\n";
    return 1;
  }
}
