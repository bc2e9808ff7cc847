// Any text as the manifest of an adapter: it is usable, or every reason why it
// is not names its path. What is usable has what the service relies on, and
// documents are matched against it.

#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "service/ingest/registry.h"
#include "service/ingest/sniff.h"
#include "tests/fuzz/service_checks.h"
#include "tests/testing/temp_dir.h"

namespace {

using collate::fuzz::Require;
using collate::fuzz::RequireTyped;
using collate::ingest::AdapterEntry;
using collate::ingest::AdapterFamily;
using collate::ingest::AdapterOption;
using collate::ingest::ChooseAdapter;
using collate::ingest::Registry;
using collate::ingest::ResolveOptions;
using collate::ingest::Sniff;
using collate::testing::TempDir;

void RequireUsable(const AdapterEntry& entry) {
  Require(entry.id == "a" && !entry.version.empty() && !entry.title.empty(),
          "a usable adapter says who it is");
  Require(!entry.families.empty(), "it reads something");
  for (const AdapterFamily& family : entry.families) {
    Require(!family.id.empty() && !family.title.empty(), "a family has names");
    Require(!family.globs.empty() || !family.magic.empty() ||
                !family.header_words.empty(),
            "a family is known by something");
    for (const collate::ingest::Magic& magic : family.magic) {
      Require(!magic.bytes.empty() && magic.offset + magic.bytes.size() <=
                                          collate::ingest::kSniffBytes,
              "magic lies in what is looked at");
    }
  }
  Require(entry.limits.memory_bytes >= 0 && entry.limits.cpu_seconds >= 0 &&
              entry.limits.wall_seconds >= 0,
          "limits are no less than nothing");
  const auto resolved = ResolveOptions(entry, {});
  Require(resolved.ok(), "defaults are right");
  for (const AdapterOption& option : entry.options) {
    const auto given = ResolveOptions(entry, {{option.name, "1"}});
    if (!given.ok()) RequireTyped(given.status());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TempDir directory;
  directory.Write("a/a.manifest.textproto", collate::fuzz::Text(data, size));
  static const std::string library = directory.Write("a/liba.so", "library");
  const Registry registry = Registry::Build(
      {.directories = {directory.path()}, .trusted_root = directory.path()});
  Require(registry.entries().size() == 1, "what is found is kept");
  const AdapterEntry& entry = registry.entries()[0];
  for (const std::string& problem : entry.problems) {
    Require(absl::StartsWith(problem, directory.path()),
            "a problem names its path");
  }
  Require((registry.Find("a") != nullptr) == entry.ready(),
          "what is usable is found");
  if (entry.ready()) RequireUsable(entry);
  for (const char* head : {"", "PK\x03\x04", "Force Name,Offence Code\n1,2"}) {
    for (const auto& finding : Sniff(registry, "prc-2018.csv", head)) {
      Require(!finding.reason.empty(), "a match or none has a reason");
    }
    const auto chosen = ChooseAdapter(registry, "prc-2018.csv", head);
    if (!chosen.ok()) RequireTyped(chosen.status());
  }
  return 0;
}
