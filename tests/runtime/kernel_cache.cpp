// The kernel cache: memory, disk, threads, processes, forks; damaged files are as none.
#include "runtime/kernel_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "runtime/disk_cache.h"
#include "runtime/process.h"

namespace cermet::runtime {
namespace {

using test::CacheFolder;
using test::in_child;

std::int64_t run(const LoadedKernel& kernel) {
  std::int64_t out = -1;
  void* buffers[] = {&out};
  kernel.entry(buffers, nullptr, 0, 1);
  return out;
}

struct Request {
  Hash128 key;
  long value = 0;
  int* made = nullptr;
  std::shared_ptr<const LoadedKernel> get() const {
    return get_kernel(key, [this](const std::string& symbol) {
      if (made != nullptr) ++*made;
      return test::storing_module(symbol, value);
    });
  }
};

Hash128 key_of(std::string_view name) { return hash128(name); }

TEST(KernelCache, CompilesOnceThenHitsMemoryThenDisk) {
  const CacheFolder folder;
  int made = 0;
  const Request request{key_of("once"), 42, &made};
  const auto before = kernel_cache_statistics();
  EXPECT_EQ(run(*request.get()), 42);
  EXPECT_EQ(run(*request.get()), 42);
  auto after = kernel_cache_statistics();
  EXPECT_EQ(after.compiled - before.compiled, 1U);
  EXPECT_EQ(after.memory_hits - before.memory_hits, 1U);
  clear_kernel_cache();
  EXPECT_EQ(run(*request.get()), 42);
  after = kernel_cache_statistics();
  EXPECT_EQ(after.compiled - before.compiled, 1U);
  EXPECT_EQ(after.disk_hits - before.disk_hits, 1U);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(folder.files().size(), 1U);
}

TEST(KernelCache, KernelsOutliveTheTable) {
  const CacheFolder folder;
  const auto kernel = Request{key_of("outlive"), 5}.get();
  clear_kernel_cache();
  EXPECT_EQ(run(*kernel), 5);
}

TEST(KernelCache, FilesArePrivate) {
  const CacheFolder folder;
  set_setting("cache_dir", folder.path() + "/deep/er");
  Request{key_of("private"), 5}.get();
  struct stat status {};
  ASSERT_EQ(stat((folder.path() + "/deep/er").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  set_setting("cache_dir", folder.path());
}

TEST(KernelCache, OffMeansNoFile) {
  const CacheFolder folder;
  set_setting("cache", "0");
  EXPECT_EQ(run(*Request{key_of("off"), 6}.get()), 6);
  set_setting("cache", "1");
  EXPECT_TRUE(folder.files().empty());
}

TEST(KernelCache, UnusableFolderIsIgnored) {
  const CacheFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  set_setting("cache_dir", folder.path() + "/file/below");
  EXPECT_EQ(run(*Request{key_of("unusable"), 6}.get()), 6);
  set_setting("cache_dir", folder.path());
}

TEST(KernelCache, FolderThatOthersMayWriteIsNotTrusted) {
  const CacheFolder folder;
  chmod(folder.path().c_str(), 0777);
  EXPECT_EQ(run(*Request{key_of("open"), 6}.get()), 6);
  EXPECT_TRUE(folder.files().empty());
}

TEST(KernelCache, FailuresAreReportedAndForgotten) {
  const CacheFolder folder;
  const Hash128 key = key_of("failure");
  const auto failing = [](const std::string&) -> std::string { throw ValueError("no source"); };
  EXPECT_THROW(get_kernel(key, failing), ValueError);
  EXPECT_THROW(get_kernel(key, [](const std::string&) { return std::string("nonsense"); }), ValueError);
  EXPECT_EQ(run(*Request{key, 9}.get()), 9);
}

// Every kind of damage gives a new compilation and a repaired file.
TEST(KernelCache, DamagedEntriesAreRewritten) {
  const CacheFolder folder;
  int made = 0;
  const Request request{key_of("damage"), 42, &made};
  request.get();
  const auto path = folder.files().at(0);
  std::string good;
  {
    std::ifstream in(path, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::vector<std::string> damages{"", "x", good.substr(0, 47), good.substr(0, good.size() / 2), good + "x"};
  for (std::size_t at : {0UL, 9UL, 20UL, 33UL, 41UL, 100UL, good.size() - 1}) {
    damages.push_back(good);
    damages.back()[at] = static_cast<char>(damages.back()[at] ^ 1);
  }
  int expected = 1;
  for (const std::string& damage : damages) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << damage;
    clear_kernel_cache();
    const auto errors = kernel_cache_statistics().disk_errors;
    EXPECT_EQ(run(*request.get()), 42);
    EXPECT_EQ(made, ++expected);
    EXPECT_EQ(kernel_cache_statistics().disk_errors, errors + 1);
    std::ifstream in(path, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), good);
  }
}

// A whole file whose object is not what the loader takes (a valid hash, the wrong content).
TEST(KernelCache, ForeignObjectIsRewritten) {
  const CacheFolder folder;
  int made = 0;
  const Request request{key_of("foreign"), 42, &made};
  request.get();
  const std::string name = folder.files().at(0).filename().string();
  Hash128 key;
  ASSERT_EQ(std::sscanf(name.c_str(), "%16lx%16lx", &key.high, &key.low), 2);
  write_disk_cache(key, "not an object");
  clear_kernel_cache();
  EXPECT_EQ(run(*request.get()), 42);
  EXPECT_EQ(made, 2);
}

TEST(KernelCache, SymbolicLinksAreNotFollowed) {
  const CacheFolder folder;
  int made = 0;
  const Request request{key_of("link"), 42, &made};
  request.get();
  const auto path = folder.files().at(0);
  std::filesystem::rename(path, folder.path() + "/elsewhere");
  std::filesystem::create_symlink(folder.path() + "/elsewhere", path);
  clear_kernel_cache();
  EXPECT_EQ(run(*request.get()), 42);
  EXPECT_EQ(made, 2);
}

TEST(KernelCache, FolderStaysWithinItsBound) {
  const CacheFolder folder;
  const std::string object(10000, 'x');
  for (int i = 0; i < 50; ++i) {
    write_disk_cache(key_of(std::to_string(i)), object);
    const std::time_t age = 1000 - i;
    const timespec times[2] = {{std::time(nullptr) - age, 0}, {std::time(nullptr) - age, 0}};
    utimensat(AT_FDCWD, disk_cache_path(key_of(std::to_string(i))).c_str(), times, 0);
  }
  sweep_disk_cache(200000);
  EXPECT_LE(folder.files().size(), 15U);
  EXPECT_GE(folder.files().size(), 10U);
  EXPECT_TRUE(read_disk_cache(key_of("49")).has_value());
  EXPECT_FALSE(read_disk_cache(key_of("0")).has_value());
}

TEST(KernelCache, BoundHoldsByItself) {
  const CacheFolder folder;
  set_setting("cache_size_mb", "1");
  const std::string object(20000, 'x');
  for (int i = 0; i < 300; ++i) write_disk_cache(key_of("own" + std::to_string(i)), object);
  set_setting("cache_size_mb", "256");
  std::uint64_t bytes = 0;
  for (const auto& file : folder.files()) bytes += std::filesystem::file_size(file);
  EXPECT_LE(bytes, (1U << 20) + (1U << 16));
  EXPECT_GT(bytes, 1U << 18);
}

TEST(KernelCache, LeftoversOfDeadProcessesGo) {
  const CacheFolder folder;
  const std::string draft = folder.path() + "/unfinished-1-2-3-4";
  std::ofstream(draft) << "x";
  sweep_disk_cache(1 << 20);
  EXPECT_EQ(folder.files().size(), 1U) << "it may still be written";
  const timespec times[2] = {{1000, 0}, {1000, 0}};
  utimensat(AT_FDCWD, draft.c_str(), times, 0);
  sweep_disk_cache(1 << 20);
  EXPECT_TRUE(folder.files().empty());
}

TEST(KernelCache, ThreadsThatMissTogetherCompileOnce) {
  const CacheFolder folder;
  std::atomic<int> made{0};
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto kernel = get_kernel(key_of("together"), [&](const std::string& symbol) {
        made.fetch_add(1);
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return test::storing_module(symbol, 3);
      });
      right.fetch_add(run(*kernel) == 3 ? 1 : 0);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made.load(), 1);
  EXPECT_EQ(right.load(), 8);
}

TEST(KernelCache, ManyKernelsAreNotKeptForEver) {
  const CacheFolder folder;
  set_setting("cache", "0");
  std::weak_ptr<const LoadedKernel> first = Request{key_of("kept 0"), 1}.get();
  const auto held = Request{key_of("held"), 2}.get();
  for (int i = 1; i < 2500; ++i) Request{key_of("kept " + std::to_string(i)), 1}.get();
  set_setting("cache", "1");
  EXPECT_TRUE(first.expired());
  EXPECT_EQ(run(*held), 2);
  clear_kernel_cache();
}

TEST(KernelCache, WorksInAForkedChildWhileOthersCompile) {
  const CacheFolder folder;
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    for (long i = 0; !stop; ++i) Request{key_of("busy " + std::to_string(i)), i}.get();
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(in_child([&] {
                return static_cast<int>(run(*Request{key_of("child " + std::to_string(i)), 17}.get()));
              }),
              17);
  }
  stop = true;
  busy.join();
}

bool llvm_is_mapped() {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    if (line.find("libLLVM") != std::string::npos) return true;
  }
  return false;
}

TEST(KernelCacheProcess, DISABLED_Compiles) {
  EXPECT_FALSE(llvm_is_mapped());
  EXPECT_EQ(run(*Request{key_of("process"), 23}.get()), 23);
  EXPECT_EQ(kernel_cache_statistics().compiled, 1U);
  EXPECT_TRUE(kernel_cache_statistics().llvm_loaded);
}

TEST(KernelCacheProcess, DISABLED_HitsTheDisk) {
  EXPECT_EQ(run(*Request{key_of("process"), 23}.get()), 23);
  EXPECT_EQ(kernel_cache_statistics().disk_hits, 1U);
  EXPECT_FALSE(kernel_cache_statistics().llvm_loaded);
  EXPECT_FALSE(llvm_is_mapped());
}

TEST(KernelCacheProcess, DISABLED_CompilesMany) {
  for (int i = 0; i < 40; ++i) {
    const auto kernel = Request{key_of("many " + std::to_string(i)), i}.get();
    EXPECT_EQ(run(*kernel), i);
  }
  EXPECT_EQ(kernel_cache_statistics().disk_errors, 0U);
}

TEST(KernelCacheProcess, AHitInANewProcessLoadsNoLlvm) {
  const CacheFolder folder;
  EXPECT_EQ(test::wait_for(test::start_test("KernelCacheProcess.DISABLED_Compiles", folder.path())), 0);
  EXPECT_EQ(test::wait_for(test::start_test("KernelCacheProcess.DISABLED_HitsTheDisk", folder.path())), 0);
}

TEST(KernelCacheProcess, ManyProcessesShareAFolder) {
  const CacheFolder folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i)
    children.push_back(test::start_test("KernelCacheProcess.DISABLED_CompilesMany", folder.path()));
  for (pid_t child : children) EXPECT_EQ(test::wait_for(child), 0);
  EXPECT_EQ(folder.files().size(), 40U);
}

}  // namespace
}  // namespace cermet::runtime
