#include "service/worker/elf.h"

#include <elf.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace collate::worker {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#else
#error "name this machine's ELF number"
#endif

bool Inside(absl::string_view file, uint64_t offset, uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

template <typename T>
bool Get(absl::string_view file, uint64_t offset, T* out) {
  if (!Inside(file, offset, sizeof(T))) return false;
  std::memcpy(out, file.data() + offset, sizeof(T));
  return true;
}

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

absl::Status Short(absl::string_view file, absl::string_view what) {
  return Bad(absl::StrCat("the file is cut short: ", what, " lies beyond its ",
                          file.size(), " bytes"));
}

bool NameIs(absl::string_view names, uint64_t at, absl::string_view symbol) {
  return Inside(names, at, symbol.size() + 1) &&
         names.substr(at, symbol.size()) == symbol &&
         names[at + symbol.size()] == '\0';
}

}  // namespace

absl::Status CheckLibrary(absl::string_view file, absl::string_view symbol) {
  Elf64_Ehdr header;
  if (!Get(file, 0, &header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return Bad("not an ELF file");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine) {
    return Bad("an ELF file for another machine");
  }
  if (header.e_type != ET_DYN) return Bad("not a shared library");
  if (header.e_phentsize != sizeof(Elf64_Phdr) ||
      header.e_shentsize != sizeof(Elf64_Shdr)) {
    return Bad("an ELF file with headers of unknown size");
  }
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!Get(file, header.e_phoff + i * sizeof(segment), &segment)) {
      return Short(file, "a program header");
    }
    if (segment.p_type == PT_LOAD &&
        !Inside(file, segment.p_offset, segment.p_filesz)) {
      return Short(file, "a segment");
    }
  }
  // To the last one, which stands at the end of the file.
  bool exported = false;
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    if (!Get(file, header.e_shoff + i * sizeof(section), &section)) {
      return Short(file, "a section header");
    }
    if (section.sh_type != SHT_DYNSYM) continue;
    Elf64_Shdr name_section;
    if (section.sh_link >= header.e_shnum ||
        !Get(file, header.e_shoff + section.sh_link * sizeof(name_section),
             &name_section) ||
        !Inside(file, section.sh_offset, section.sh_size) ||
        !Inside(file, name_section.sh_offset, name_section.sh_size)) {
      return Short(file, "the table of symbols");
    }
    const absl::string_view names =
        file.substr(name_section.sh_offset, name_section.sh_size);
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= section.sh_size;
         at += sizeof(Elf64_Sym)) {
      Elf64_Sym entry;
      if (!Get(file, section.sh_offset + at, &entry)) break;
      if (entry.st_shndx != SHN_UNDEF &&
          ELF64_ST_BIND(entry.st_info) != STB_LOCAL &&
          ELF64_ST_VISIBILITY(entry.st_other) == STV_DEFAULT &&
          NameIs(names, entry.st_name, symbol)) {
        exported = true;
        break;
      }
    }
  }
  if (exported) return absl::OkStatus();
  return Bad(absl::StrCat("it does not export ", symbol));
}

}  // namespace collate::worker
