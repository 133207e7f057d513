// Folders, child processes and small LLVM modules for the tests of the runtime.
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/settings.h"

namespace cermet::test {

/// A folder of its own that is the disk cache while it lives.
class CacheFolder {
 public:
  CacheFolder() : old_(get_setting("cache_dir")) {
    std::string name = (std::filesystem::temp_directory_path() / "cermet-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    set_setting("cache_dir", path_);
  }
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;
  ~CacheFolder() {
    set_setting("cache_dir", old_);
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> out;
    for (const auto& item : std::filesystem::directory_iterator(path_)) out.push_back(item.path());
    return out;
  }

 private:
  std::string path_, old_;
};

/// The exit status of a child: its own, or 128 and more for a signal; 255 after `seconds` without an end.
inline int wait_for(pid_t child, int seconds = 60) {
  for (int i = 0; i < seconds * 200; ++i) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return 255;
}

/// The exit status of `body` in a forked child; what it returns, or 99 if it throws.
template <class F>
int in_child(F&& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    _exit(status);
  }
  return wait_for(child);
}

/// Starts this test program anew for one test that is disabled otherwise.
inline pid_t start_test(const std::string& name, const std::string& cache_folder) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    setenv("CERMET_CACHE_DIR", cache_folder.c_str(), 1);
    setenv("CERMET_CACHE", "1", 1);
    const std::string filter = "--gtest_filter=" + name;
    execl("/proc/self/exe", "test", filter.c_str(), "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
    _exit(98);
  }
  return child;
}

/// A kernel that stores `value` in the first element of its first buffer.
inline std::string storing_module(const std::string& symbol, long value) {
  return fmt::format(
      "define void @{}(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) nounwind {{\n"
      "  %out = load ptr, ptr %buffers\n  store i64 {}, ptr %out\n  ret void\n}}\n",
      symbol, value);
}

}  // namespace cermet::test
