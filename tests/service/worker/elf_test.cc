#include "service/worker/elf.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "plugins/sdk/adapter.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace collate::worker {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::testing::Not;

std::string Library() {
  return testing::ReadFile(
      testing::BuildPath("tests/bad_adapters/bad_good/libbad_good.so"));
}

TEST(ElfTest, AdapterPasses) {
  EXPECT_THAT(CheckLibrary(Library(), COLLATE_ADAPTER_SYMBOL), IsOk());
}

TEST(ElfTest, SymbolHasToBeExported) {
  EXPECT_THAT(CheckLibrary(Library(), "collate_adapter_v"),
              MessageHas("does not export"));
  EXPECT_THAT(CheckLibrary(Library(), "malloc"), Not(IsOk()));
}

TEST(ElfTest, OtherFilesAreNamedForWhatTheyAreNot) {
  EXPECT_THAT(CheckLibrary("", "f"), MessageHas("not an ELF file"));
  EXPECT_THAT(CheckLibrary("#!/bin/sh\nexit 0\n", "f"),
              MessageHas("not an ELF file"));
  std::string other = Library();
  other[offsetof(Elf64_Ehdr, e_machine)] = EM_386;
  EXPECT_THAT(CheckLibrary(other, "f"), MessageHas("another machine"));
  std::string program = Library();
  program[offsetof(Elf64_Ehdr, e_type)] = ET_EXEC;
  EXPECT_THAT(CheckLibrary(program, "f"), MessageHas("not a shared library"));
}

// The tables of sections stand at the end, so that nothing may be missing.
TEST(ElfTest, NoPartOfALibraryPasses) {
  const std::string whole = Library();
  const absl::string_view view = whole;
  for (size_t length = 0; length < whole.size(); length += 1 + length / 64) {
    ASSERT_THAT(CheckLibrary(view.substr(0, length), COLLATE_ADAPTER_SYMBOL),
                Not(IsOk()))
        << length;
  }
  EXPECT_THAT(
      CheckLibrary(view.substr(0, whole.size() - 1), COLLATE_ADAPTER_SYMBOL),
      Not(IsOk()));
}

// Whatever the headers promise, nothing outside the file is read; a sanitizer
// would tell.
TEST(ElfTest, WildHeadersAreSurvived) {
  const std::string whole = Library();
  std::mt19937_64 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string wild = whole.substr(0, 4096);
    for (int i = 0; i < 8; ++i) {
      wild[16 + random() % 48] = static_cast<char>(random());
    }
    (void)CheckLibrary(wild, COLLATE_ADAPTER_SYMBOL);
  }
  Elf64_Ehdr header;
  std::memcpy(&header, whole.data(), sizeof(header));
  std::string wild = whole;
  for (int round = 0; round < 3000; ++round) {
    wild.replace(header.e_shoff, std::string::npos,
                 whole.substr(header.e_shoff));
    for (int i = 0; i < 16; ++i) {
      wild[header.e_shoff + random() % (wild.size() - header.e_shoff)] =
          static_cast<char>(random());
    }
    (void)CheckLibrary(wild, COLLATE_ADAPTER_SYMBOL);
  }
}

}  // namespace
}  // namespace collate::worker
