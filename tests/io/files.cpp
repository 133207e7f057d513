// Files: round trips of every dtype and shape, what damaged files raise, and that a failed save leaves the old file.
#include <cermet/io.h>
#include <cermet/ops.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "io/npy.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "io/zip.h"

namespace cermet {
namespace {

namespace fs = std::filesystem;

constexpr Dtype all_dtypes[] = {bool_, uint8, uint16,  uint32,   uint64,  int8,    int16,
                                int32, int64, float16, bfloat16, float32, float64, complex64};

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "cermet_files_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

void write(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

io::Bytes bytes_of(const std::string& text) {
  auto owner = std::make_shared<std::string>(text);
  return {reinterpret_cast<const std::byte*>(owner->data()), owner->size(), owner, "test"};
}

/// Small numbers, all of which every dtype holds (bool: 0 or 1).
array numbers(Dtype dtype, Shape shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(dtype == bool_ ? i % 2 : i % 100);
  return array(values.begin(), std::move(shape), dtype);
}

std::string raw(const array& x) {
  array value = x;
  value.eval();
  std::string out(value.nbytes(), '\0');
  value.copy_to(out.data());
  return out;
}

void expect_same(const array& a, const array& b) {
  EXPECT_EQ(a.dtype(), b.dtype());
  ASSERT_EQ(to_string(a.shape()), to_string(b.shape()));
  EXPECT_EQ(raw(a), raw(b));
}

/// The message of what f throws.
template <class E, class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// ---- Round trips --------------------------------------------------------------------------------------------------

TEST_F(Files, EveryDtypeAndShapeGoesThroughNpy) {
  for (const Dtype dtype : all_dtypes) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{7}, Shape{2, 3}, Shape{3, 0, 2}, Shape{2, 3, 4}}) {
      const array x = numbers(dtype, shape);
      save(path("x"), x);
      expect_same(load(path("x.npy")), x);
    }
  }
}

TEST_F(Files, NpyIsWhatNumpyWrites) {
  save(path("x.npy"), array({1.0f, 2.0f}));
  const std::string found = contents(path("x.npy"));
  ASSERT_EQ(found.size(), 128u + 8u);
  EXPECT_EQ(found.substr(0, 10), std::string("\x93NUMPY\1\0\x76\0", 10));
  EXPECT_EQ(found.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }   ");
  EXPECT_EQ(found[127], '\n');
}

TEST_F(Files, StridedArraysAreWrittenRowMajor) {
  const array x = numbers(float32, {3, 4});
  save(path("x.npy"), transpose(x));
  expect_same(load(path("x.npy")), transpose(x));
}

TEST_F(Files, NpzKeepsNamesAndOrder) {
  for (const bool compressed : {false, true}) {
    NamedArrays arrays;
    for (const Dtype dtype : all_dtypes) arrays.emplace_back("z" + std::string(name(dtype)), numbers(dtype, {300, 7}));
    arrays.emplace_back("a/b c.npy", array(3));
    arrays.emplace_back("", numbers(int8, {0, 4}));
    savez(path("x"), arrays, compressed);
    const NamedArrays found = load_npz(path("x.npz"));
    ASSERT_EQ(found.size(), arrays.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].first, arrays[i].first);
      expect_same(found[i].second, arrays[i].second);
    }
  }
  const auto plain = [&](bool compressed) {
    savez(path("y"), {{"zeros", zeros({10000})}}, compressed);
    return fs::file_size(path("y.npz"));
  };
  EXPECT_LT(plain(true) * 20, plain(false));
}

TEST_F(Files, StoredMembersAreAligned) {
  savez(path("x"), {{"a", numbers(int8, {3})}, {"bcd", numbers(float64, {5})}});
  const std::string text = contents(path("x.npz"));
  for (std::size_t at = text.find("\x93NUMPY"); at != std::string::npos; at = text.find("\x93NUMPY", at + 1)) {
    EXPECT_EQ(at % 64, 0u);
  }
}

TEST_F(Files, SafetensorsKeepsNamesOrderAndMetadata) {
  NamedArrays arrays;
  for (const Dtype dtype : all_dtypes) arrays.emplace_back(std::string(name(dtype)), numbers(dtype, {3, 5}));
  arrays.emplace_back("a \"quoted\"\n name \xc3\xa9", array(3));
  arrays.emplace_back("empty", numbers(float32, {0, 4}));
  save_safetensors(path("x"), arrays, {{"format", "mlx"}, {"note", ""}});
  const Safetensors found = load_safetensors(path("x.safetensors"));
  EXPECT_EQ(found.metadata, (Metadata{{"format", "mlx"}, {"note", ""}}));
  ASSERT_EQ(found.arrays.size(), arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(found.arrays[i].first, arrays[i].first);
    expect_same(found.arrays[i].second, arrays[i].second);
  }
  save_safetensors(path("none"), {});
  EXPECT_TRUE(load_safetensors(path("none.safetensors")).arrays.empty());
}

TEST_F(Files, ArraysOutliveTheFile) {
  const array x = numbers(float32, {1000, 100});
  save_safetensors(path("x"), {{"x", x}});
  save(path("y"), x);
  const array a = load_safetensors(path("x.safetensors")).arrays[0].second, b = load(path("y.npy"));
  // What stands on the file's memory sees the old file after a save to the same name, and after its removal.
  save_safetensors(path("x"), {{"x", zeros({1000, 100})}});
  fs::remove(path("y.npy"));
  expect_same(a, x);
  expect_same(b + 0.0f, x);
}

// ---- Saving -------------------------------------------------------------------------------------------------------

TEST_F(Files, AFailedSaveLeavesTheOldFile) {
  write(path("x.npy"), "old");
  EXPECT_THROW(io::write_file(path("x.npy"),
                              [](const io::Sink& sink) {
                                io::put(sink, "new");
                                throw std::runtime_error("stop");
                              }),
               std::runtime_error);
  EXPECT_EQ(contents(path("x.npy")), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(Files, SavingKeepsLinksAndModes) {
  write(path("real.npy"), "old");
  ::chmod(path("real.npy").c_str(), 0640);
  fs::create_symlink(path("real.npy"), path("link.npy"));
  save(path("link.npy"), array(7));
  EXPECT_TRUE(fs::is_symlink(path("link.npy")));
  EXPECT_EQ(load(path("real.npy")).item<int>(), 7);
  EXPECT_EQ(fs::status(path("real.npy")).permissions(), fs::perms(0640));
  EXPECT_EQ(files(), 2u);
}

TEST_F(Files, PathsThatCannotBeUsed) {
  const std::string missing = message<FileError>([&] { load(path("nothing.npy")); });
  EXPECT_HAS(missing, "nothing.npy: No such file");
  EXPECT_HAS(message<FileError>([&] { save(path("no/such/folder/x"), array(1)); }), "x.npy: No such file");
  fs::create_directory(path("d.npy"));
  EXPECT_HAS(message<FileError>([&] { load(path("d.npy")); }), "Is a directory");
  EXPECT_HAS(message<FileError>([&] { save(path("d.npy"), array(1)); }), "Is a directory");
  write(path("empty.npy"), "");
  EXPECT_HAS(message<ValueError>([&] { load(path("empty.npy")); }), "has 0 bytes");
}

TEST_F(Files, NamesThatAFormatCannotHold) {
  EXPECT_HAS(message<ValueError>([&] { savez(path("x"), {{"a", 1}, {"a", 2}}); }), "called 'a'");
  EXPECT_HAS(message<ValueError>([&] { save_safetensors(path("x"), {{"a", 1}, {"a", 2}}); }), "called 'a'");
  EXPECT_HAS(message<ValueError>([&] { save_safetensors(path("x"), {{"__metadata__", 1}}); }), "__metadata__");
  EXPECT_HAS(message<ValueError>([&] { save_safetensors(path("x"), {{"\xff", 1}}); }), "UTF-8");
  EXPECT_HAS(message<ValueError>([&] { save_safetensors(path("x"), {{"a", 1}}, {{"k", "\xff"}}); }), "UTF-8");
  EXPECT_EQ(files(), 0u);
}

// ---- Damaged .npy files -------------------------------------------------------------------------------------------

std::string npy(const std::string& header, std::size_t data, int version = 1) {
  std::string out("\x93NUMPY");
  out += static_cast<char>(version);
  out += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) out += static_cast<char>(header.size() >> (8 * i));
  return out + header + std::string(data, '\1');
}

TEST(Npy, ReadsEveryVersionAndSpelling) {
  for (const int version : {1, 2, 3}) {
    const array x =
        io::read_npy(bytes_of(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (3,)}\n", 6, version)));
    EXPECT_EQ(x.dtype(), int16);
    EXPECT_EQ(x.size(), 3);
  }
  for (const char* header : {"{\"shape\":(2L,1),'fortran_order':False ,'descr':\"<i2\",}",
                             " { 'descr' : '<i2' , 'shape' : ( 2 , 1 , ) , 'fortran_order' : False } \n"}) {
    EXPECT_EQ(to_string(io::read_npy(bytes_of(npy(header, 4))).shape()), "(2, 1)");
  }
}

TEST(Npy, FortranOrderAndTheOtherByteOrder) {
  std::string file = npy("{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3)}", 0);
  for (char i = 0; i < 6; ++i) file += std::string("\0\0\0", 3) + i;
  const array x = io::read_npy(bytes_of(file));
  expect_same(x, array({0, 2, 4, 1, 3, 5}, Shape{2, 3}));
  std::string complex = npy("{'descr': '>c8', 'fortran_order': False, 'shape': (1,)}", 0);
  complex += std::string("\x3f\x80\0\0\x40\0\0\0", 8);
  expect_same(io::read_npy(bytes_of(complex)), array({std::complex<float>(1, 2)}));
}

TEST(Npy, DamagedHeaders) {
  const struct {
    std::string file, part;
  } cases[] = {
      {"", "has 0 bytes"},
      {"\x93NUMPX\1..." + std::string(9, '.'), "begins otherwise"},
      {npy("{}", 0, 4), "version 4"},
      {std::string("\x93NUMPY\1\0\xff\xff", 10), "cut short"},
      {std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12), "cut short"},
      {npy("{}", 0), "no descr"},
      {npy("", 0), "no '{'"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 11), "12 bytes; 11 are there"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3)} x", 12), "more after"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", 12), "no integer of at least 0"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 12), "too large"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}", 12), "too many"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296, 4)}", 12), "too many"},
      {npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}", 12), "no True or False"},
      {npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 12), "the key 'descr'"},
      {npy("{'what': 3}", 12), "the key 'what'"},
      {npy("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}", 12), "type '|O'"},
      {npy("{'descr': '<c16', 'fortran_order': False, 'shape': (3,)}", 48), "type '<c16'"},
      {npy("{'descr': '', 'fortran_order': False, 'shape': (3,)}", 48), "type ''"},
      {npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}", 12), "records with fields"},
      {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,", 12), "no"},
      {npy("{'descr': '<f4", 12), "without an end"},
      {npy("{'descr': '|b1', 'fortran_order': False, 'shape': (1,)}", 0) + "\7", "element 0 of a bool array is 7"},
  };
  for (const auto& c : cases) {
    const std::string found = message<ValueError>([&] { io::read_npy(bytes_of(c.file)); });
    EXPECT_HAS(found, "[load] test: ");
    EXPECT_HAS(found, c.part);
  }
}

// ---- Damaged .safetensors files -----------------------------------------------------------------------------------

std::string safetensors(const std::string& header, std::size_t data, std::uint64_t extra_length = 0) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>((header.size() + extra_length) >> (8 * i));
  return out + header + std::string(data, '\1');
}

TEST(SafetensorsFile, ReadsWhatOthersWrite) {
  const Safetensors found = io::read_safetensors(bytes_of(safetensors(
      R"({"__metadata__":null,"b":{"data_offsets":[0,8],"dtype":"F32","shape":[2]},)"
      R"("a":{"dtype":"U8","shape":[],"data_offsets":[8,9]},"e":{"dtype":"U8","shape":[0],"data_offsets":[3,3]}}  )",
      9)));
  ASSERT_EQ(found.arrays.size(), 3u);
  EXPECT_EQ(found.arrays[0].first, "b");
  EXPECT_EQ(found.arrays[1].second.item<int>(), 1);
  EXPECT_TRUE(found.metadata.empty());
}

TEST(SafetensorsFile, DamagedHeaders) {
  const auto one = [](const std::string& entry) { return "{\"a\":" + entry + "}"; };
  const struct {
    std::string file, part;
  } cases[] = {
      {"", "has 0 bytes"},
      {"1234567", "has 7 bytes"},
      {safetensors("{}", 0, 1), "say that the header has 3 bytes; 2 follow"},
      {std::string(8, '\xff') + "{}", "18446744073709551615 bytes"},
      {safetensors("[]", 0), "does not begin with '{'"},
      {safetensors("", 0), "does not begin with '{'"},
      {safetensors("{", 0), "not JSON at byte 9"},
      {safetensors("{} x", 0), "not JSON"},
      {safetensors("{\"a", 0), "not JSON"},
      {safetensors("{\"\xff\":1}", 0), "not JSON"},
      {safetensors("{" + std::string(100000, '['), 0), "not JSON"},
      {safetensors("{\"a\":" + std::string(100000, '['), 0), "a list at 'a'"},
      {safetensors("{\"a\":" + std::string(100000, '{'), 0), "not JSON"},
      {safetensors(one("3"), 0), "the number 3 at 'a'"},
      {safetensors(one("null"), 0), "null at 'a'"},
      {safetensors(one("{}"), 0), "'a' has no dtype"},
      {safetensors(one(R"({"dtype":"F32"})"), 0), "'a' has no shape"},
      {safetensors(one(R"({"dtype":"F32","shape":[1]})"), 4), "two data_offsets"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})"), 4), "two data_offsets"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})"), 4), "two data_offsets"},
      {safetensors(one(R"({"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]})"), 1), "dtype 'F8_E4M3'"},
      {safetensors(one(R"({"dtype":7,"shape":[1],"data_offsets":[0,4]})"), 4), "the number 7"},
      {safetensors(one(R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})"), 4), "the number 1.5"},
      {safetensors(one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), 4), "the number -1"},
      {safetensors(one(R"({"dtype":"F32","shape":["1"],"data_offsets":[0,4]})"), 4), "a string"},
      {safetensors(one(R"({"dtype":"F32","shape":[[1]],"data_offsets":[0,4]})"), 4), "a list"},
      {safetensors(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), 4), "hold 4 bytes"},
      {safetensors(one(R"({"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]})"), 4),
       "hold"},
      {safetensors(one(R"({"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]})"), 0), "hold"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 3), "cut short"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), 4), "bytes 4 to 0"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[9223372036854775804,9223372036854775807]})"), 4),
       "cut short"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]})"), 4), "the number"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 5), "the file has 5"},
      {safetensors(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"), 8), "bytes 0 to 4 of the data belong"},
      {safetensors(one(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 4), "a second dtype"},
      {safetensors(
           R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
           4),
       "inside of the tensor before"},
      {safetensors(
           R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
           0),
       "a second value of that name at 'a'"},
      {safetensors(R"({"__metadata__":{"k":1}})", 0), "the number 1 at 'k'"},
      {safetensors(R"({"__metadata__":{"k":"a","k":"b"}})", 0), "a second value"},
      {safetensors(R"({"__metadata__":"x"})", 0), "a string"},
      {safetensors(one(R"({"dtype":"BOOL","shape":[1],"data_offsets":[0,1]})"), 0) + "\2", "is 2; expected 0 or 1"},
  };
  for (const auto& c : cases) {
    const std::string found = message<ValueError>([&] { io::read_safetensors(bytes_of(c.file)); });
    EXPECT_HAS(found, "[load] test: ");
    EXPECT_HAS(found, c.part);
  }
}

// ---- Damaged archives ---------------------------------------------------------------------------------------------

std::string archive(const std::vector<std::pair<std::string, std::string>>& members, bool compressed) {
  std::string out;
  const io::Sink sink = [&](const void* data, std::size_t size) { out.append(static_cast<const char*>(data), size); };
  io::ZipWriter zip(sink, compressed);
  for (const auto& [name, text] : members) zip.add(name, text.substr(0, text.size() / 2), text.substr(text.size() / 2));
  zip.finish();
  return out;
}

TEST(Zip, MembersComeBack) {
  for (const bool compressed : {false, true}) {
    const std::vector<std::pair<std::string, std::string>> members = {
        {"a", "hello"}, {"empty", ""}, {"long", std::string(1'000'000, 'x')}, {"b/c", std::string("\0\1\2", 3)}};
    const std::vector<io::Member> found = io::read_zip(bytes_of(archive(members, compressed)));
    ASSERT_EQ(found.size(), members.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].name, members[i].first);
      EXPECT_EQ(found[i].bytes.text(0, found[i].bytes.size), members[i].second);
    }
  }
  EXPECT_TRUE(io::read_zip(bytes_of(archive({}, false))).empty());
}

TEST(Zip, DamagedArchives) {
  const std::string whole = archive({{"a", "hello"}, {"b", "world"}}, false);
  const std::size_t data = whole.find("hello"), directory = whole.find("PK\1\2"), end = whole.find("PK\5\6");
  const auto changed = [&](std::size_t at, const std::string& text) {
    std::string out = whole;
    return out.replace(at, text.size(), text);
  };
  const struct {
    std::string file, part;
  } cases[] = {
      {"", "it has 0 bytes"},
      {std::string(100, 'x'), "no end record"},
      {whole.substr(0, whole.size() - 1), "no end record"},
      {changed(data, "j"), "the checksum of 'a'"},
      {changed(directory, "X"), "entry 0 of its directory is not one"},
      {changed(directory + 10, "\1"), "method 1"},
      {changed(directory + 8, "\1"), "'a' is encrypted"},
      {changed(directory + 20, "\xff\xff"), "cut short"},
      {changed(directory + 24, "\7"), "stored in 5 bytes but has 7"},
      {changed(directory + 28, "\xff\xff"), "entry 0 of its directory is cut short"},
      {changed(directory + 42, "\xff\xff"), "cut short"},
      {changed(directory + 42, "\1"), "not where it should be"},
      {changed(end + 10, "\xff"), "255 members"},
      {changed(end + 16, "\xff\xff"), "cut short"},
  };
  for (const auto& c : cases) {
    const std::string found = message<ValueError>([&] { io::read_zip(bytes_of(c.file)); });
    EXPECT_HAS(found, "[load] test: ");
    EXPECT_HAS(found, c.part);
  }
  // Both entries at the first member.
  std::string twice = whole;
  const std::size_t second = whole.find("PK\1\2", directory + 1);
  twice.replace(second + 42, 4, whole.substr(directory + 42, 4));
  EXPECT_HAS(message<ValueError>([&] { io::read_zip(bytes_of(twice)); }), "overlap");
  // A few bytes that promise gigabytes.
  std::string bomb = archive({{"a", std::string(1000, 'x')}}, true);
  bomb.replace(bomb.find("PK\1\2") + 24, 4, "\xf0\xff\xff\x7f");
  EXPECT_HAS(message<ValueError>([&] { io::read_zip(bytes_of(bomb)); }), "inflate to 2147483632");
}

TEST(Npz, MembersMustBeArrays) {
  EXPECT_HAS(message<ValueError>([] { io::read_npz(bytes_of(archive({{"a.txt", "x"}}, false))); }), "'a.txt'");
  EXPECT_HAS(message<ValueError>([] { io::read_npz(bytes_of(archive({{"a.npy", "x"}}, false))); }), "test:a.npy");
  const std::string member = npy("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", 1);
  EXPECT_HAS(message<ValueError>([&] {
               io::read_npz(bytes_of(archive({{"a.npy", member}, {"a.npy", member}}, true)));
             }),
             "two arrays called 'a'");
}

// ---- Random damage ------------------------------------------------------------------------------------------------

/// Reads a damaged file: it must give arrays, which are then read, or throw ValueError.
template <class Read>
bool survives(const std::string& text, const Read& read) {
  try {
    read(bytes_of(text));
    return true;
  } catch (const ValueError&) {
    return false;
  }
}

TEST(Fuzz, FlippedAndMissingBytesNeverCrash) {
  NamedArrays arrays;
  for (const Dtype dtype : {bool_, int32, bfloat16, complex64}) {
    arrays.emplace_back(std::string(name(dtype)), numbers(dtype, {3, 5}));
  }
  for (auto& [name, value] : arrays) value.eval();
  const auto written = [](const auto& write) {
    std::string out;
    write(io::Sink([&](const void* data, std::size_t size) { out.append(static_cast<const char*>(data), size); }));
    return out;
  };
  const auto read_all = [](const NamedArrays& found) {
    for (const auto& [name, value] : found) raw(value);
  };
  const struct {
    std::string file;
    std::function<void(const io::Bytes&)> read;
  } formats[] = {
      {written([&](const io::Sink& s) { io::write_npy(arrays[1].second, s); }),
       [](const io::Bytes& b) { raw(io::read_npy(b)); }},
      {written([&](const io::Sink& s) { io::write_npz(arrays, false, s); }),
       [&](const io::Bytes& b) { read_all(io::read_npz(b)); }},
      {written([&](const io::Sink& s) { io::write_npz(arrays, true, s); }),
       [&](const io::Bytes& b) { read_all(io::read_npz(b)); }},
      {written([&](const io::Sink& s) {
         io::write_safetensors(arrays, io::lay_out(arrays, {{"a", "b"}}), s);
       }),
       [&](const io::Bytes& b) { read_all(io::read_safetensors(b).arrays); }},
  };
  std::mt19937 random(7);
  for (const auto& format : formats) {
    ASSERT_TRUE(survives(format.file, format.read));
    int refused = 0;
    for (std::size_t length = 0; length < format.file.size(); ++length) {
      refused += survives(format.file.substr(0, length), format.read) ? 0 : 1;
    }
    EXPECT_EQ(refused, static_cast<int>(format.file.size()));  // no beginning of a file is a file
    for (int round = 0; round < 4000; ++round) {
      std::string text = format.file;
      for (auto flips = 1 + random() % 3; flips > 0; --flips) {
        text[random() % text.size()] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
      }
      survives(text, format.read);
    }
  }
}

}  // namespace
}  // namespace cermet
