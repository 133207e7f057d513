// Log lines and dumps to stderr, switched on by topic (CERMET_LOG) and stage (CERMET_DUMP).
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace cermet {

/// True if the comma separated setting `log` (or `dump`) names `topic` or "all".
bool log_enabled(std::string_view topic);
bool dump_enabled(std::string_view stage);
/// Writes "[cermet topic] text" as one line, or one block for text of several lines; atomic between threads.
void write_log(std::string_view topic, std::string_view text);

template <class... Args>
void log(std::string_view topic, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(topic)) write_log(topic, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace cermet
