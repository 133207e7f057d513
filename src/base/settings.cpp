// Reads the switches from the environment and by name; settings.def is the only list.
#include "base/settings.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace cermet {
namespace {

std::string environment_name(std::string_view name) {
  std::string out = "CERMET_";
  for (char c : name) out += (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

[[noreturn]] void refuse(std::string_view name, std::string_view text, std::string_view allowed) {
  fail<ValueError>("[settings] {} is \"{}\"; it must be {}.", environment_name(name), text, allowed);
}

void read(std::string_view name, std::string_view text, bool& out) {
  if (text == "1" || text == "true" || text == "on" || text == "yes") {
    out = true;
  } else if (text == "0" || text == "false" || text == "off" || text == "no" || text.empty()) {
    out = false;
  } else {
    refuse(name, text, "0 or 1");
  }
}

void read(std::string_view name, std::string_view text, std::int64_t& out) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    refuse(name, text, "a whole number, at least 0");
  out = value;
}

void read(std::string_view, std::string_view text, std::string& out) { out = text; }

std::string show(bool value) { return value ? "1" : "0"; }
std::string show(std::int64_t value) { return std::to_string(value); }
std::string show(const std::string& value) { return value; }

Settings read_environment() {
  Settings out;
#define CERMET_SETTING(name, type, default_value, doc) \
  if (const char* text = std::getenv(environment_name(#name).c_str())) read(#name, text, out.name);
#include "base/settings.def"
#undef CERMET_SETTING
  return out;
}

Settings& mutable_settings() {
  static Settings values = read_environment();
  return values;
}

}  // namespace

const Settings& settings() { return mutable_settings(); }

void set_setting(std::string_view name, std::string_view value) {
#define CERMET_SETTING(setting, type, default_value, doc) \
  if (name == #setting) return read(#setting, value, mutable_settings().setting);
#include "base/settings.def"
#undef CERMET_SETTING
  fail<ValueError>("[settings] There is no setting named \"{}\".", name);
}

std::string get_setting(std::string_view name) {
#define CERMET_SETTING(setting, type, default_value, doc) \
  if (name == #setting) return show(settings().setting);
#include "base/settings.def"
#undef CERMET_SETTING
  fail<ValueError>("[settings] There is no setting named \"{}\".", name);
}

std::span<const SettingDoc> setting_docs() {
  static constexpr SettingDoc docs[] = {
#define CERMET_SETTING(name, type, default_value, doc) {#name, #type, #default_value, doc},
#include "base/settings.def"
#undef CERMET_SETTING
  };
  return docs;
}

}  // namespace cermet
