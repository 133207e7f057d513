#include "io/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "io/npz.h"

namespace cermet::io {
namespace {

using nlohmann::json;

constexpr std::string_view metadata_key = "__metadata__";
/// The reference implementation's limit.
constexpr std::uint64_t longest_header = 100'000'000;

struct Kind {
  std::string_view name;
  Dtype dtype;
};
constexpr Kind kinds[] = {{"BOOL", bool_},    {"U8", uint8},    {"U16", uint16},  {"U32", uint32},   {"U64", uint64},
                          {"I8", int8},       {"I16", int16},   {"I32", int32},   {"I64", int64},    {"F16", float16},
                          {"BF16", bfloat16}, {"F32", float32}, {"F64", float64}, {"C64", complex64}};

std::string_view name_of(Dtype dtype) {
  return std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return k.dtype == dtype; })->name;
}

// ---- The header ---------------------------------------------------------------------------------------------------

struct Tensor {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::int64_t>> shape;
  std::optional<std::vector<std::int64_t>> offsets;
};

/// Takes the events of the JSON parser: nothing but what a header may hold gets past it, however deep or repeated.
class HeaderReader : public json::json_sax_t {
 public:
  HeaderReader(const std::string& file, std::vector<Tensor>& tensors, Metadata& metadata)
      : file_(file), tensors_(tensors), metadata_(metadata) {}

  bool null() override {
    // MLX writes "__metadata__": null where there is none.
    if (place_ == Place::top && in_metadata_) return true;
    return refuse("null");
  }
  bool boolean(bool value) override { return refuse(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return refuse(fmt::format("the number {}", value)); }
  bool number_float(number_float_t, const string_t& text) override { return refuse("the number " + text); }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::list) return refuse(fmt::format("the number {}", value));
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return refuse(fmt::format("the number {}", value));
    list_.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::metadata) {
      metadata_.emplace_back(key_, value);
      return true;
    }
    if (place_ != Place::tensor || key_ != "dtype") return refuse("a string");
    if (tensors_.back().dtype) return refuse("a second dtype");
    tensors_.back().dtype = value;
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::before) {
      place_ = Place::top;
    } else if (place_ == Place::top && in_metadata_) {
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      place_ = Place::tensor;
      tensors_.push_back({key_, {}, {}, {}});
    } else {
      return refuse("an object");
    }
    return true;
  }

  bool end_object() override {
    place_ = place_ == Place::top ? Place::after : Place::top;
    return true;
  }

  bool key(string_t& value) override {
    key_ = value;
    if (place_ == Place::top) {
      in_metadata_ = value == metadata_key;
      if (!names_.insert(value).second) return refuse("a second value of that name");
    } else if (place_ == Place::metadata) {
      if (!metadata_names_.insert(value).second) return refuse("a second value of that name");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || (key_ != "shape" && key_ != "data_offsets")) return refuse("a list");
    place_ = Place::list;
    list_.clear();
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    auto& destination = key_ == "shape" ? tensors_.back().shape : tensors_.back().offsets;
    if (destination) return refuse("a second list");
    destination = list_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    std::string text = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 3: ..."
    if (const auto at = text.find("] "); at != std::string::npos) text.erase(0, at + 2);
    fail<ValueError>("[load] {}: the safetensors header is not JSON at byte {}: {}.", file_, position + 7,
                     readable(text));
  }

 private:
  enum class Place : unsigned char { before, top, metadata, tensor, list, after };

  bool refuse(const std::string& what) const {
    const std::string where = place_ == Place::before ? "the top"
                              : place_ == Place::tensor || place_ == Place::list
                                  ? fmt::format("'{}' of '{}'", key_, tensors_.back().name)
                                  : fmt::format("'{}'", key_);
    fail<ValueError>(
        "[load] {}: the safetensors header has {} at {}; expected names with dtype, shape and data_offsets, and "
        "__metadata__ with strings.",
        file_, what, where);
  }

  const std::string& file_;
  std::vector<Tensor>& tensors_;
  Metadata& metadata_;
  Place place_ = Place::before;
  bool in_metadata_ = false;
  std::string key_;
  std::vector<std::int64_t> list_;
  std::unordered_set<std::string> names_, metadata_names_;
};

/// What a tensor of the header says, checked against itself and the data's size.
Elements elements_of(const Tensor& tensor, std::size_t start, std::size_t size, const std::string& file) {
  if (!tensor.dtype || !tensor.shape || !tensor.offsets || tensor.offsets->size() != 2) {
    fail<ValueError>("[load] {}: '{}' has no {}; expected dtype, shape and two data_offsets.", file, tensor.name,
                     !tensor.dtype   ? "dtype"
                     : !tensor.shape ? "shape"
                                     : "two data_offsets");
  }
  const Kind* const kind =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return k.name == *tensor.dtype; });
  if (kind == std::end(kinds)) {
    std::vector<std::string_view> known;
    for (const Kind& k : kinds) known.push_back(k.name);
    fail<ValueError>("[load] {}: '{}' has the dtype '{}'; expected one of {}.", file, tensor.name, *tensor.dtype,
                     fmt::join(known, " "));
  }
  const std::int64_t begin = (*tensor.offsets)[0], end = (*tensor.offsets)[1];
  if (begin > end || static_cast<std::uint64_t>(end) > size) {
    fail<ValueError>("[load] {}: cut short, or its header is wrong: '{}' is at bytes {} to {} of {} bytes of data.",
                     file, tensor.name, begin, end, size);
  }
  std::size_t needed = 0;
  if (!byte_count(*tensor.shape, kind->dtype, needed) || needed != static_cast<std::uint64_t>(end - begin)) {
    fail<ValueError>("[load] {}: '{}' is {} of shape ({}), but its data_offsets [{}, {}] hold {} bytes.", file,
                     tensor.name, name(kind->dtype), fmt::join(*tensor.shape, ", "), begin, end, end - begin);
  }
  return {start + static_cast<std::size_t>(begin), kind->dtype, *tensor.shape, false, false};
}

/// All bytes must belong to one tensor.
void check_cover(std::vector<Tensor> tensors, std::size_t size, const std::string& file) {
  std::sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) { return *a.offsets < *b.offsets; });
  std::int64_t at = 0;
  for (const Tensor& tensor : tensors) {
    const std::int64_t begin = (*tensor.offsets)[0], end = (*tensor.offsets)[1];
    if (begin == end) continue;
    if (begin < at) {
      fail<ValueError>(
          "[load] {}: '{}' begins at byte {} of the data, inside of the tensor before it, which ends at {}.", file,
          tensor.name, begin, at);
    }
    if (begin > at) {
      fail<ValueError>("[load] {}: bytes {} to {} of the data belong to no tensor.", file, at, begin);
    }
    at = end;
  }
  if (static_cast<std::size_t>(at) != size) {
    fail<ValueError>("[load] {}: the tensors of its header end at byte {} of the data; the file has {}.", file, at,
                     size);
  }
}

}  // namespace

Safetensors read_safetensors(const Bytes& bytes) {
  if (bytes.size < 8) {
    fail<ValueError>("[load] {}: not a safetensors file: it has {} bytes; expected at least 8.", bytes.name,
                     bytes.size);
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length |= static_cast<std::uint64_t>(bytes.data[i]) << (8 * i);
  if (length > bytes.size - 8 || length > longest_header) {
    fail<ValueError>(
        "[load] {}: cut short, or not a safetensors file: its first 8 bytes say that the header has {} bytes; {} "
        "follow{}.",
        bytes.name, length, bytes.size - 8,
        length > longest_header ? fmt::format(" and {} are allowed", longest_header) : "");
  }
  const std::string_view header = bytes.text(8, length);
  if (!header.starts_with('{')) {
    fail<ValueError>("[load] {}: not a safetensors file: its header does not begin with '{{'.", bytes.name);
  }
  std::vector<Tensor> tensors;
  Safetensors out;
  HeaderReader reader(bytes.name, tensors, out.metadata);
  json::sax_parse(header.begin(), header.end(), &reader);
  const std::size_t start = 8 + length, size = bytes.size - start;
  std::vector<Elements> elements;
  for (const Tensor& tensor : tensors) elements.push_back(elements_of(tensor, start, size, bytes.name));
  check_cover(tensors, size, bytes.name);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    out.arrays.emplace_back(std::move(tensors[i].name), array_over(bytes, elements[i]));
  }
  return out;
}

SafetensorsLayout lay_out(const NamedArrays& arrays, const Metadata& metadata) {
  refuse_repeated_names("save_safetensors", arrays);
  SafetensorsLayout out;
  out.order.resize(arrays.size());
  std::iota(out.order.begin(), out.order.end(), std::size_t{0});
  std::stable_sort(out.order.begin(), out.order.end(), [&](std::size_t a, std::size_t b) {
    return arrays[a].second.itemsize() > arrays[b].second.itemsize();
  });
  std::vector<std::pair<std::size_t, std::size_t>> offsets(arrays.size());
  std::size_t at = 0;
  for (const std::size_t i : out.order) {
    offsets[i] = {at, at + arrays[i].second.nbytes()};
    at = offsets[i].second;
  }
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) {
    auto& texts = header[std::string(metadata_key)] = nlohmann::ordered_json::object();
    for (const auto& [key, value] : metadata) texts[key] = value;
  }
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& [name, value] = arrays[i];
    if (name == metadata_key) {
      fail<ValueError>("[save_safetensors] An array is called '{}', which the format keeps for text.", metadata_key);
    }
    std::vector<std::int64_t> shape;
    for (const Dim extent : value.shape()) shape.push_back(extent.value());
    // Not header[name] = ...: that would look each name up among all before it.
    nlohmann::ordered_json entry = {
        {"dtype", name_of(value.dtype())}, {"shape", shape}, {"data_offsets", {offsets[i].first, offsets[i].second}}};
    header.get_ref<nlohmann::ordered_json::object_t&>().push_back({name, std::move(entry)});
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::type_error&) {
    fail<ValueError>("[save_safetensors] A name or a metadata text is not UTF-8.");
  }
  // The data begin at a multiple of 64, so that a mapped file's arrays are aligned.
  text.append((64 - (8 + text.size()) % 64) % 64, ' ');
  if (text.size() > longest_header) {
    fail<ValueError>("[save_safetensors] The header would have {} bytes; at most {} are allowed.", text.size(),
                     longest_header);
  }
  for (std::size_t i = 0; i < 8; ++i) out.head += static_cast<char>(text.size() >> (8 * i));
  out.head += text;
  return out;
}

void write_safetensors(const NamedArrays& arrays, const SafetensorsLayout& layout, const Sink& sink) {
  put(sink, layout.head);
  for (const std::size_t i : layout.order) {
    const Rows rows = rows_of(arrays[i].second);
    sink(rows.data, rows.size);
  }
}

}  // namespace cermet::io
