// Log lines to stderr.
#include "base/log.h"

#include <cstdio>
#include <mutex>
#include <string>

#include "base/settings.h"

namespace cermet {
namespace {

bool names(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto item = list.substr(0, comma);
    if (item == wanted || item == "all") return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

bool log_enabled(std::string_view topic) { return !settings().log.empty() && names(settings().log, topic); }
bool dump_enabled(std::string_view stage) { return !settings().dump.empty() && names(settings().dump, stage); }

void write_log(std::string_view topic, std::string_view text) {
  static std::mutex mutex;
  const std::string line = fmt::format("[cermet {}] {}\n", topic, text);
  const std::lock_guard lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace cermet
