// Object file (ELF, x86-64, as LLVM writes it) → image.
#include <elf.h>

#include <cstring>
#include <map>
#include <vector>

#include "compiler/codegen/codegen_internal.h"
#include "compiler/jit/image.h"
#include "compiler/jit/image_internal.h"

namespace flow::jit {
namespace {

constexpr std::size_t kSlotBytes = 8;
// What a call of a function far away jumps to: jmp *slot(%rip); then two bytes of int3.
constexpr std::array<char, 8> kStub = {'\xff', '\x25', 0, 0, 0, 0, '\xcc', '\xcc'};
constexpr std::size_t kStubPlace = 2;

template <typename... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> text, Args&&... args) {
  return fail(ErrorCode::internal, "the object code cannot be linked: {}",
              fmt::format(text, std::forward<Args>(args)...));
}

class Linker {
 public:
  explicit Linker(std::string_view object) : object_(object) {}

  Result<std::string> link() {
    for (const auto part : {&Linker::read_sections, &Linker::place_sections, &Linker::resolve}) {
      if (Status done = (this->*part)(); !done) return std::unexpected(done.error());
    }
    return write();
  }

 private:
  enum class Part : std::uint8_t { none, code, data };
  struct Section {
    Elf64_Shdr head{};
    std::string_view content;  // none of the kind without bytes
    Part part = Part::none;
    std::uint64_t at = 0;  // in its part
  };
  // Where a symbol is: within a part, or outside.
  struct Target {
    Part part = Part::none;
    std::uint64_t at = 0;
    std::string_view external;
  };

  template <typename T>
  Result<T> read(std::uint64_t at) const {
    T value{};
    if (at > object_.size() || object_.size() - at < sizeof(T)) return refuse("it is cut off");
    std::memcpy(&value, object_.data() + at, sizeof(T));
    return value;
  }

  Status read_sections() {
    const auto head = read<Elf64_Ehdr>(0);
    if (!head) return std::unexpected(head.error());
    if (std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_type != ET_REL || head->e_machine != EM_X86_64 ||
        head->e_shnum == 0) {
      return refuse("it is no object file of this architecture");
    }
    for (std::size_t i = 0; i < head->e_shnum; ++i) {
      const auto section = read<Elf64_Shdr>(head->e_shoff + i * sizeof(Elf64_Shdr));
      if (!section) return std::unexpected(section.error());
      sections_.push_back({*section, {}, Part::none, 0});
      if (section->sh_type == SHT_NOBITS || section->sh_type == SHT_NULL) continue;
      if (section->sh_offset > object_.size() || section->sh_size > object_.size() - section->sh_offset) {
        return refuse("a section is cut off");
      }
      sections_.back().content = object_.substr(section->sh_offset, section->sh_size);
    }
    if (head->e_shstrndx >= sections_.size()) return refuse("sections have no names");
    section_names_ = sections_[head->e_shstrndx].content;
    return {};
  }

  static std::string_view name_at(std::string_view names, std::uint64_t at) {
    if (at >= names.size()) return {};
    const std::string_view rest = names.substr(at);
    return rest.substr(0, rest.find('\0'));
  }

  // Code and constants, each in one piece. Constants with addresses in them lie in writable sections of a known name.
  Status place_sections() {
    for (Section& section : sections_) {
      const Elf64_Shdr& head = section.head;
      if ((head.sh_flags & SHF_ALLOC) == 0 || head.sh_size == 0) continue;
      const std::string_view name = name_at(section_names_, head.sh_name);
      const bool writable = (head.sh_flags & SHF_WRITE) != 0 && !name.starts_with(".data.rel.ro");
      if (writable || head.sh_type == SHT_NOBITS || (head.sh_flags & SHF_TLS) != 0) {
        return refuse("it has data that can be written: section {}", name);
      }
      section.part = (head.sh_flags & SHF_EXECINSTR) != 0 ? Part::code : Part::data;
      std::string& out = section.part == Part::code ? code_ : data_;
      const std::uint64_t alignment = std::max<std::uint64_t>(head.sh_addralign, 1);
      if (alignment > kImagePage) return refuse("a section is aligned to {} bytes", alignment);
      out.resize(up_to(out.size(), alignment), section.part == Part::code ? '\xcc' : '\0');
      section.at = out.size();
      out.append(section.content);
    }
    code_.resize(up_to(code_.size(), kStub.size()), '\xcc');
    data_.resize(up_to(data_.size(), kSlotBytes), '\0');
    return {};
  }

  Status resolve() {
    for (const Section& section : sections_) {
      if (section.head.sh_type == SHT_SYMTAB) symbols_ = &section;
    }
    if (symbols_ == nullptr || symbols_->head.sh_link >= sections_.size()) return refuse("it has no symbols");
    symbol_names_ = sections_[symbols_->head.sh_link].content;
    // Stubs make the code longer, so first all targets outside are seen, then the distances are written.
    if (Status done = each_relocation(&Linker::reserve); !done) return done;
    return each_relocation(&Linker::apply);
  }

  using Visit = Status (Linker::*)(const Section& place, const Elf64_Rela& relocation, const Target& target);

  Status each_relocation(Visit visit) {
    for (const Section& section : sections_) {
      if (section.head.sh_type == SHT_REL) return refuse("it has relocations without addends");
      if (section.head.sh_type != SHT_RELA || section.head.sh_info >= sections_.size()) continue;
      const Section& place = sections_[section.head.sh_info];
      if (place.part == Part::none) continue;
      for (std::size_t at = 0; at + sizeof(Elf64_Rela) <= section.content.size(); at += sizeof(Elf64_Rela)) {
        Elf64_Rela relocation;
        std::memcpy(&relocation, section.content.data() + at, sizeof relocation);
        const auto target = target_of(ELF64_R_SYM(relocation.r_info));
        if (!target) return std::unexpected(target.error());
        if (Status done = (this->*visit)(place, relocation, *target); !done) return done;
      }
    }
    return {};
  }

  Result<Target> target_of(std::uint64_t symbol) const {
    if ((symbol + 1) * sizeof(Elf64_Sym) > symbols_->content.size()) return refuse("a symbol is missing");
    Elf64_Sym found;
    std::memcpy(&found, symbols_->content.data() + symbol * sizeof found, sizeof found);
    if (found.st_shndx == SHN_UNDEF) return Target{Part::none, 0, name_at(symbol_names_, found.st_name)};
    if (found.st_shndx >= sections_.size() || sections_[found.st_shndx].part == Part::none) {
      return refuse("symbol `{}` is in no section", name_at(symbol_names_, found.st_name));
    }
    const Section& section = sections_[found.st_shndx];
    return Target{section.part, section.at + found.st_value, {}};
  }

  static bool is_slot(std::uint32_t type) {
    return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
  }

  Status reserve(const Section&, const Elf64_Rela& relocation, const Target& target) {
    const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(relocation.r_info));
    if (target.part != Part::none) {
      if (is_slot(type)) own_slots_.try_emplace({target.part, target.at}, 0);
      return {};
    }
    if (target.external.empty()) return refuse("a relocation has no target");
    slots_.try_emplace(target.external, 0);
    if (!is_slot(type)) stubs_.try_emplace(target.external, 0);
    return {};
  }

  // Once all are known: slots stand behind the constants, stubs behind the code.
  void place_slots() {
    if (placed_) return;
    placed_ = true;
    for (auto& [target, at] : own_slots_) at = add_slot();
    for (auto& [name, at] : slots_) at = add_slot();
    for (auto& [name, at] : stubs_) {
      at = code_.size();
      code_.append(kStub.data(), kStub.size());
    }
    for (auto& [name, at] : stubs_) {
      put32(code_, at + kStubPlace, address(Part::data, slots_[name]) - (at + kStubPlace + 4));
    }
    for (const auto& [target, at] : own_slots_) add_pointer(at, address(target.first, target.second));
  }

  std::uint64_t add_slot() {
    data_.append(kSlotBytes, '\0');
    return data_.size() - kSlotBytes;
  }

  std::uint64_t address(Part part, std::uint64_t at) const {
    return part == Part::code ? at : data_begin(code_.size()) + at;
  }

  static void put32(std::string& out, std::uint64_t at, std::uint64_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    std::memcpy(out.data() + at, &word, sizeof word);
  }

  void add_pointer(std::uint64_t at, std::uint64_t target) {
    std::memcpy(data_.data() + at, &target, sizeof target);
    pointers_.push_back(static_cast<std::uint32_t>(address(Part::data, at)));
  }

  Status apply(const Section& place, const Elf64_Rela& relocation, const Target& target) {
    place_slots();
    const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(relocation.r_info));
    const std::uint64_t at = place.at + relocation.r_offset;
    std::string& out = place.part == Part::code ? code_ : data_;
    const std::size_t width = type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
    if (relocation.r_offset + width > place.content.size()) return refuse("a relocation lies outside of its section");
    const auto addend = static_cast<std::uint64_t>(relocation.r_addend);
    if (type == R_X86_64_64) {
      if (place.part != Part::data || target.part == Part::none || at % kSlotBytes != 0) {
        return refuse("an address stands where none can");
      }
      add_pointer(at, address(target.part, target.at) + addend);
      return {};
    }
    std::uint64_t to = 0;
    if (is_slot(type)) {
      to = address(Part::data,
                   target.part == Part::none ? slots_[target.external] : own_slots_[{target.part, target.at}]);
    } else if (type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_PC64) {
      to = target.part == Part::none ? stubs_[target.external] : address(target.part, target.at);
    } else {
      return refuse("relocation {} is unknown", type);
    }
    const std::uint64_t distance = to + addend - address(place.part, at);
    if (type == R_X86_64_PC64) {
      std::memcpy(out.data() + at, &distance, sizeof distance);
    } else {
      put32(out, at, distance);
    }
    return {};
  }

  Result<std::uint64_t> table() const {
    for (std::size_t i = 0; (i + 1) * sizeof(Elf64_Sym) <= symbols_->content.size(); ++i) {
      Elf64_Sym symbol;
      std::memcpy(&symbol, symbols_->content.data() + i * sizeof symbol, sizeof symbol);
      if (symbol.st_shndx == SHN_UNDEF || name_at(symbol_names_, symbol.st_name) != codegen::kTableSymbol) continue;
      const auto target = target_of(i);
      if (target && target->part == Part::data) return address(Part::data, target->at);
    }
    return refuse("it has no dispatch table");
  }

  Result<std::string> write() {
    place_slots();
    if (code_.size() + data_.size() > std::uint64_t{INT32_MAX} / 2) return refuse("it is too large");
    const auto entry = table();
    if (!entry) return std::unexpected(entry.error());
    std::string names;
    std::vector<std::uint32_t> externals;
    for (const auto& [name, at] : slots_) {
      externals.push_back(static_cast<std::uint32_t>(address(Part::data, at)));
      names.append(name);
      names.push_back('\0');
    }
    const auto count = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
    const ImageHead head{kImageMagic,
                         count(code_),
                         count(data_),
                         count(pointers_),
                         count(externals),
                         count(names),
                         static_cast<std::uint32_t>(*entry)};
    std::string out;
    out.reserve(data_begin(head.code_bytes) + data_.size() + (pointers_.size() + externals.size()) * 4 + names.size() +
                sizeof head);
    out.append(code_);
    out.resize(data_begin(head.code_bytes), '\xcc');
    out.append(data_);
    out.append(reinterpret_cast<const char*>(pointers_.data()), pointers_.size() * 4);
    out.append(reinterpret_cast<const char*>(externals.data()), externals.size() * 4);
    out.append(names);
    out.append(reinterpret_cast<const char*>(&head), sizeof head);
    return out;
  }

  std::string_view object_;
  std::vector<Section> sections_;
  std::string_view section_names_;
  const Section* symbols_ = nullptr;
  std::string_view symbol_names_;
  std::string code_;
  std::string data_;
  std::map<std::string_view, std::uint64_t> slots_;  // by function outside: where in data_ its address comes to stand
  std::map<std::string_view, std::uint64_t> stubs_;  // by function outside: where in code_ calls of it go
  std::map<std::pair<Part, std::uint64_t>, std::uint64_t> own_slots_;  // the same for what is inside
  bool placed_ = false;
  std::vector<std::uint32_t> pointers_;
};

}  // namespace

Result<std::string> make_image(std::string_view object) {
  return Linker(object).link();
}

}  // namespace flow::jit
