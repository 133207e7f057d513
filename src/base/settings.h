// The one registry of switches. Values come from the environment at first use and may be changed while running.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#ifdef NDEBUG
#define CERMET_VERIFY_DEFAULT false
#else
#define CERMET_VERIFY_DEFAULT true
#endif

namespace cermet {

/// The current values. Read through settings(); a bad value in the environment is a ValueError at first use that names
/// the variable, its text and what is allowed.
struct Settings {
#define CERMET_SETTING(name, type, default_value, doc) type name = default_value;
#include "base/settings.def"
#undef CERMET_SETTING
};

const Settings& settings();
/// Sets one by name from text, as the environment would. Not to be called while other threads read.
void set_setting(std::string_view name, std::string_view value);
std::string get_setting(std::string_view name);

struct SettingDoc {
  std::string_view name, type, default_value, doc;
};
std::span<const SettingDoc> setting_docs();

}  // namespace cermet
