// Image → runnable memory.
#include "compiler/jit/image.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "compiler/jit/image_internal.h"

namespace flow::jit {
namespace {

class LoadedImage final : public Code {
 public:
  LoadedImage(Pages pages, std::size_t code_bytes, std::size_t bytes, std::size_t table)
      : pages_(std::move(pages)),
        code_bytes_(code_bytes),
        bytes_(bytes),
        table_(reinterpret_cast<const program::FlowEntry*>(pages_.begin() + table)) {}

  const program::FlowEntry* table() const override { return table_; }
  std::size_t bytes() const override { return bytes_; }
  void drop_code() override {
    pages_.drop_front(code_bytes_);
    bytes_ -= code_bytes_;
    code_bytes_ = 0;
  }

 private:
  Pages pages_;
  std::size_t code_bytes_;
  std::size_t bytes_;
  const program::FlowEntry* table_;
};

// What an image has beside code and constants.
struct Parts {
  ImageHead head{};
  std::string_view pointers, externals, names;
};

bool take_apart(std::string_view image, Parts& parts) {
  if (image.size() < sizeof(ImageHead)) return false;
  std::memcpy(&parts.head, image.data() + image.size() - sizeof(ImageHead), sizeof(ImageHead));
  image.remove_suffix(sizeof(ImageHead));
  const auto take = [&image](std::uint64_t bytes, std::string_view* part) {
    if (bytes > image.size()) return false;
    if (part != nullptr) *part = image.substr(0, bytes);
    image.remove_prefix(bytes);
    return true;
  };
  const ImageHead& head = parts.head;
  return head.magic == kImageMagic && take(data_begin(head.code_bytes), nullptr) && take(head.data_bytes, nullptr) &&
         take(std::uint64_t{head.pointers} * 4, &parts.pointers) &&
         take(std::uint64_t{head.externals} * 4, &parts.externals) && take(head.names_bytes, &parts.names) &&
         image.empty();
}

std::unexpected<Error> no_image() {
  return fail(ErrorCode::internal, "the machine code is damaged");
}

std::uint32_t offset_at(std::string_view offsets, std::size_t index) {
  std::uint32_t offset = 0;
  std::memcpy(&offset, offsets.data() + index * 4, 4);
  return offset;
}

// Where in the constants, as they lie in memory, an address may be put.
class Places {
 public:
  Places(char* base, const ImageHead& head)
      : base_(base), from_(data_begin(head.code_bytes)), to_(from_ + head.data_bytes) {}

  char* find(std::uint64_t offset) const { return offset >= from_ && offset + 8 <= to_ ? base_ + offset : nullptr; }
  bool inside(std::uint64_t offset) const { return offset <= to_; }

 private:
  char* base_;
  std::uint64_t from_, to_;
};

Status make_addresses(const Parts& parts, const Places& places, char* base) {
  for (std::size_t i = 0; i < parts.head.pointers; ++i) {
    char* place = places.find(offset_at(parts.pointers, i));
    std::uint64_t target = 0;
    if (place != nullptr) std::memcpy(&target, place, 8);
    if (place == nullptr || !places.inside(target)) return no_image();
    const std::uint64_t address = reinterpret_cast<std::uint64_t>(base) + target;
    std::memcpy(place, &address, 8);
  }
  return {};
}

Status name_functions(const Parts& parts, const Places& places, const Symbols& symbols) {
  std::unordered_map<std::string_view, void*> known;
  for (const Symbol& symbol : symbols) known.emplace(symbol.name, symbol.address);
  std::string_view names = parts.names;
  for (std::size_t i = 0; i < parts.head.externals; ++i) {
    const std::size_t end = names.find('\0');
    char* place = places.find(offset_at(parts.externals, i));
    if (end == std::string_view::npos || place == nullptr) return no_image();
    const auto found = known.find(names.substr(0, end));
    if (found == known.end()) {
      return fail(ErrorCode::internal, "the machine code calls `{}`, which it may not", names.substr(0, end));
    }
    std::memcpy(place, &found->second, 8);
    names.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

bool has_images(std::string_view triple) {
  return triple.starts_with("x86_64");
}

Result<std::unique_ptr<Code>> load_image(Pages image, const Symbols& symbols) {
  Parts parts;
  if (!image.mapped() || !take_apart(image.view(), parts)) return no_image();
  const std::uint64_t data = data_begin(parts.head.code_bytes);
  const std::uint64_t end = image.view().size();
  if (parts.head.table < data || parts.head.table >= data + parts.head.data_bytes) return no_image();
  const Places places(image.begin(), parts.head);
  if (Status done = make_addresses(parts, places, image.begin()); !done) return std::unexpected(done.error());
  if (Status done = name_functions(parts, places, symbols); !done) return std::unexpected(done.error());
  if (!image.protect(0, data, PROT_READ | PROT_EXEC) || !image.protect(data, end, PROT_READ)) {
    return fail(ErrorCode::resource_exhausted, "machine code cannot be made executable: {}", std::strerror(errno));
  }
  return std::make_unique<LoadedImage>(std::move(image), data, up_to(end, kImagePage), parts.head.table);
}

}  // namespace flow::jit
