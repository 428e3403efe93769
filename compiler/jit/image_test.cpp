#include "compiler/jit/image.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "compiler/jit/cache.h"
#include "compiler/jit/image_internal.h"
#include "compiler/jit/test_flows.h"

namespace flow::jit {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "flowimage.XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  std::string cache() const { return path_ + "/objects"; }

 private:
  std::string path_;
};

// The image that compile() keeps for the flow `reminder`, and the digest under which it does.
std::pair<std::string, std::string> kept_image(const std::string& cache_folder) {
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(testing::reminder());
  Options options;
  options.cache_folder = cache_folder;
  EXPECT_TRUE(compile(module, 0, options).has_value());
  const std::string digest = fs::directory_iterator(cache_folder)->path().stem().string();
  const ObjectCache::Entry entry = ObjectCache::open(cache_folder)->get(digest);
  EXPECT_EQ(entry.state, ObjectCache::Entry::State::good);
  return {std::string(entry.code.view()), digest};
}

void does_nothing() {}

// Every function that the image names, none of which is called here.
std::vector<Symbol> symbols_of(std::string_view image, std::vector<std::string>& names) {
  ImageHead head;
  std::memcpy(&head, image.data() + image.size() - sizeof head, sizeof head);
  std::string_view rest = image.substr(image.size() - sizeof head - head.names_bytes, head.names_bytes);
  names.reserve(head.externals);
  std::vector<Symbol> symbols;
  while (!rest.empty()) {
    names.emplace_back(rest.substr(0, rest.find('\0')));
    symbols.push_back({names.back().c_str(), reinterpret_cast<void*>(&does_nothing)});
    rest.remove_prefix(names.back().size() + 1);
  }
  return symbols;
}

TEST(Image, MayCallNothingButWhatItIsGiven) {
  const Folder folder;
  const std::string image = kept_image(folder.cache()).first;
  std::vector<std::string> names;
  std::vector<Symbol> symbols = symbols_of(image, names);
  ASSERT_FALSE(symbols.empty());
  EXPECT_TRUE(load_image(Pages::of(image), symbols).has_value());
  const std::string missing = symbols.back().name;
  symbols.pop_back();
  const auto refused = load_image(Pages::of(image), symbols);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("`" + missing + "`"), std::string::npos) << refused.error().message;
}

// Its code is never writable and its constants are never run.
TEST(Image, IsEitherWritableOrRun) {
  const Folder folder;
  const std::string image = kept_image(folder.cache()).first;
  std::vector<std::string> names;
  const auto code = load_image(Pages::of(image), symbols_of(image, names));
  ASSERT_TRUE(code.has_value());
  std::ifstream maps("/proc/self/maps");
  const auto table = reinterpret_cast<std::uintptr_t>((*code)->table());
  const auto entry = reinterpret_cast<std::uintptr_t>((*code)->table()[0]);
  std::string of_table;
  std::string of_entry;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char rights[5] = {};
    ASSERT_EQ(std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights), 3);
    if (begin <= table && table < end) of_table = rights;
    if (begin <= entry && entry < end) of_entry = rights;
  }
  EXPECT_EQ(of_table, "r--p");
  EXPECT_EQ(of_entry, "r-xp");
}

// Each length, and each byte changed: refused, or harmless until it is run.
TEST(Image, DamagedOnesAreRefusedOrLoad) {
  const Folder folder;
  const std::string image = kept_image(folder.cache()).first;
  std::vector<std::string> names;
  const std::vector<Symbol> symbols = symbols_of(image, names);
  for (std::size_t size = 0; size < image.size(); size += 7) {
    EXPECT_FALSE(load_image(Pages::of(std::string_view(image).substr(0, size)), symbols).has_value()) << size;
  }
  EXPECT_FALSE(load_image(Pages::of(image + "x"), symbols).has_value());
  for (std::size_t at = 0; at < image.size(); ++at) {
    for (const char bit : {'\x01', '\x80'}) {
      std::string damaged = image;
      damaged[at] = static_cast<char>(damaged[at] ^ bit);
      (void)load_image(Pages::of(damaged), symbols);
    }
  }
}

TEST(Image, IsMadeOfObjectFilesAlone) {
  for (const char* bytes : {"", "nonsense", "\177ELF"}) {
    const auto refused = make_image(bytes);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::internal);
  }
  std::string empty(64, '\0');
  std::memcpy(empty.data(), "\177ELF", 4);
  EXPECT_FALSE(make_image(empty).has_value());
}

// What has the right checksum and is no code of ours, as after a mistake of another release.
TEST(Image, AnEntryThatDoesNotLoadIsMadeAgain) {
  const Folder folder;
  const auto [image, digest] = kept_image(folder.cache());
  ASSERT_TRUE(ObjectCache::open(folder.cache())->put(digest, "no code").has_value());
  auto module = std::make_shared<ir::Module>();
  module->flows.push_back(testing::reminder());
  Options options;
  options.cache_folder = folder.cache();
  Report report;
  ASSERT_TRUE(compile(module, 0, options, &report).has_value());
  EXPECT_FALSE(report.from_cache);
  EXPECT_TRUE(report.cache_damaged);
  ASSERT_TRUE(compile(module, 0, options, &report).has_value());
  EXPECT_TRUE(report.from_cache);
  EXPECT_EQ(ObjectCache::open(folder.cache())->get(digest).code.view(), image);
}

}  // namespace
}  // namespace flow::jit
