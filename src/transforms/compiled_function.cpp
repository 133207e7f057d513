// The heart of compile(): how a call finds its entry, and how an entry is made from a trace.
//
// Calls read entries without a lock: a call announces itself in readers_, then reads last_ or table_. Writers publish
// new ones first and free old ones only when readers_ is zero afterwards, so that nobody can still hold them.
#include "transforms/compiled_function.h"

#include <cermet/transforms.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "array/node_building.h"
#include "base/hash.h"
#include "base/log.h"
#include "transforms/entry.h"
#include "transforms/trace.h"

namespace cermet {

namespace {

std::atomic<void* (*)()> wait_enter{nullptr};
std::atomic<void (*)(void*)> wait_leave{nullptr};

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Waits for another thread's trace without the interpreter's lock, which that trace may need.
std::unique_lock<std::mutex> lock_for_trace(std::mutex& mutex) {
  std::unique_lock lock(mutex, std::try_to_lock);
  if (lock) return lock;
  const auto enter = wait_enter.load();
  const auto leave = wait_leave.load();
  void* state = enter == nullptr ? nullptr : enter();
  lock.lock();
  if (leave != nullptr) leave(state);
  return lock;
}

}  // namespace

void set_wait_hooks(WaitHooks hooks) {
  wait_enter.store(hooks.enter);
  wait_leave.store(hooks.leave);
}

struct CompiledFunction::Entry : CompiledEntry {};

/// Entries by hash, open addressing, at most half full.
struct CompiledFunction::Table {
  std::vector<const Entry*> slots;

  explicit Table(const std::vector<std::shared_ptr<Entry>>& entries)
      : slots(std::bit_ceil(2 * entries.size() + 2), nullptr) {
    for (const auto& entry : entries) {
      std::size_t at = entry->hash & (slots.size() - 1);
      while (slots[at] != nullptr) at = (at + 1) & (slots.size() - 1);
      slots[at] = entry.get();
    }
  }
};

class CompiledFunction::Reading {
 public:
  explicit Reading(std::atomic<std::uint32_t>& readers) : readers_(readers) { readers_.fetch_add(1); }
  ~Reading() { readers_.fetch_sub(1, std::memory_order_release); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  std::atomic<std::uint32_t>& readers_;
};

CompiledFunction::CompiledFunction(std::string name, bool shapeless, capture captures)
    : name_(std::move(name)), shapeless_(shapeless), capture_(captures) {}

CompiledFunction::~CompiledFunction() = default;

const CompiledFunction::Entry* CompiledFunction::find(const CallArguments& arguments) const {
  const Entry* last = last_.load();
  if (last != nullptr && last->matches(arguments)) return last;
  const Table* table = table_.load();
  if (table == nullptr) return nullptr;
  const std::uint64_t hash = hash_call(arguments, shapeless_);
  const std::size_t mask = table->slots.size() - 1;
  for (std::size_t at = hash & mask; table->slots[at] != nullptr; at = (at + 1) & mask) {
    const Entry* entry = table->slots[at];
    if (entry->hash != hash || !entry->matches(arguments)) continue;
    entry->last_used.store(clock_.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    last_.store(entry);
    return entry;
  }
  return nullptr;
}

FunctionResult CompiledFunction::run(const Entry& entry, const CallArguments& arguments) {
  return entry.run(arguments);
}

bool CompiledFunction::try_hit(const CallArguments& arguments, FunctionResult& result) {
  if (is_tracing() || compile_mode() == CompileMode::disabled) return false;
  const Reading reading(readers_);
  const Entry* entry = find(arguments);
  if (entry == nullptr) return false;
  entry->hits.fetch_add(1, std::memory_order_relaxed);
  result = run(*entry, arguments);
  return true;
}

FunctionResult call_plain(const CallArguments& arguments, FunctionBody body) {
  std::vector<array> handles;
  const auto given = arguments.arrays.first(arguments.arrays.size() - arguments.state_count);
  handles.reserve(given.size());
  for (const array* handle : given) handles.push_back(*handle);
  std::vector<exec::NodeRef> before;
  for (const array& handle : handles) before.push_back(handle.node());
  FunctionResult result = body(handles);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if (!(handles[i].node() == before[i])) arguments.arrays[i]->overwrite(handles[i]);
  }
  return result;
}

FunctionResult CompiledFunction::operator()(const CallArguments& arguments, FunctionBody body) {
  FunctionResult result;
  if (try_hit(arguments, result)) return result;
  if (is_tracing() || compile_mode() == CompileMode::disabled) return call_plain(arguments, body);
  std::shared_ptr<Entry> fresh;
  {
    const auto lock = lock_for_trace(trace_mutex_);
    if (try_hit(arguments, result)) return result;  // another thread was faster
    fresh = trace(arguments, body);
    publish(fresh);
  }
  return run(*fresh, arguments);
}

std::shared_ptr<CompiledFunction::Entry> CompiledFunction::trace(const CallArguments& arguments,
                                                                 FunctionBody body) const {
  auto entry = std::make_shared<Entry>();
  entry->shapeless = shapeless_;
  entry->varying_axes = varying_axes(arguments);
  entry->describe_call(arguments);
  const auto start = std::chrono::steady_clock::now();
  graph::Graph graph = trace_call(name_, arguments, body, capture_, *entry);
  entry->trace_milliseconds = milliseconds_since(start);
  const auto traced = std::chrono::steady_clock::now();
  entry->plan_graph(std::move(graph));
  entry->plan_milliseconds = milliseconds_since(traced);
  return entry;
}

/// Of the state: axes that are symbols of an entry for a call of the same structure, or have another extent there.
std::vector<std::uint64_t> CompiledFunction::varying_axes(const CallArguments& arguments) const {
  std::vector<std::uint64_t> axes(arguments.state_count, 0);
  if (!shapeless_) return axes;
  const std::size_t given = arguments.arrays.size() - arguments.state_count;
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (entry->statics != arguments.statics || entry->arguments.size() != arguments.arrays.size()) continue;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const Shape& now = arguments.arrays[given + i]->shape();
      const Shape& then = entry->arguments[given + i].type.shape;
      axes[i] |= entry->varying_axes[i];
      for (std::size_t k = 0; k < now.size() && now.size() == then.size(); ++k) {
        if (!(now[k] == then[k])) axes[i] |= std::uint64_t{1} << std::min<std::size_t>(k, 63);
      }
    }
  }
  return axes;
}

void CompiledFunction::publish(std::shared_ptr<Entry> entry) {
  std::vector<std::shared_ptr<const void>> garbage;  // goes after the lock: an entry's end may run the user's code
  const std::lock_guard lock(mutex_);
  entry->reason = reason_for(*entry);
  if (totals_.traces++ > 0) {
    constexpr std::size_t kept_reasons = 64;
    totals_.retrace_reasons.push_back(entry->reason);
    if (totals_.retrace_reasons.size() > kept_reasons) totals_.retrace_reasons.erase(totals_.retrace_reasons.begin());
    log("recompile", "{}: {}", name_, entry->reason);
  }
  log("compile", "{}({}): traced in {:.3f} ms, planned in {:.3f} ms", name_, entry->signature(),
      entry->trace_milliseconds, entry->plan_milliseconds);
  while (entries_.size() + 1 > compile_cache_limit()) {
    const auto oldest = std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a->last_used.load(std::memory_order_relaxed) < b->last_used.load(std::memory_order_relaxed);
    });
    totals_.hits += (*oldest)->hits.load(std::memory_order_relaxed);
    ++totals_.evictions;
    retired_.push_back(*oldest);
    entries_.erase(oldest);
  }
  entry->last_used.store(clock_.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  entries_.push_back(std::move(entry));
  if (current_table_ != nullptr) retired_.push_back(current_table_);
  current_table_ = std::make_shared<const Table>(entries_);
  table_.store(current_table_.get());
  last_.store(entries_.back().get());
  if (readers_.load() == 0) garbage.swap(retired_);
}

std::string CompiledFunction::reason_for(const Entry& fresh) const {
  if (totals_.traces == 0) return "first call";
  const auto latest = std::max_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return a->last_used.load(std::memory_order_relaxed) < b->last_used.load(std::memory_order_relaxed);
  });
  return latest == entries_.end() ? "the cache was cleared" : fresh.difference_from(**latest);
}

CompileStatistics CompiledFunction::statistics() const {
  const std::lock_guard lock(mutex_);
  CompileStatistics result = totals_;
  for (const auto& entry : entries_) {
    CompileStatistics::Entry line;
    line.reason = entry->reason;
    line.signature = entry->signature();
    line.hits = entry->hits.load(std::memory_order_relaxed);
    line.trace_milliseconds = entry->trace_milliseconds;
    line.plan_milliseconds = entry->plan_milliseconds;
    if (entry->program != nullptr) {
      line.kernels = entry->program->statistics().kernels;
      line.library_calls = entry->program->statistics().library_calls;
    }
    result.hits += line.hits;
    result.entries.push_back(std::move(line));
  }
  return result;
}

std::string CompiledFunction::dump(std::string_view stage) const {
  const std::lock_guard lock(mutex_);
  if (entries_.empty() || entries_.back()->program == nullptr) return "";
  return entries_.back()->program->dump(stage);
}

void CompiledFunction::clear() {
  std::vector<std::shared_ptr<const void>> garbage;
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries_) {
    totals_.hits += entry->hits.load(std::memory_order_relaxed);
    retired_.push_back(std::move(entry));
  }
  entries_.clear();
  if (current_table_ != nullptr) retired_.push_back(std::move(current_table_));
  current_table_.reset();
  table_.store(nullptr);
  last_.store(nullptr);
  if (readers_.load() == 0) garbage.swap(retired_);
}

}  // namespace cermet
