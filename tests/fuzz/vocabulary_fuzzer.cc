// Any text as a vocabulary, in two files that a NUL parts: refused with file,
// line and column, or sound: members are found by their codes, contain others
// and never themselves, and panels are of reporters.

#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "service/vocabulary/load.h"
#include "tests/fuzz/service_checks.h"
#include "tests/testing/temp_dir.h"

namespace {

using collate::fuzz::Require;
using collate::testing::TempDir;
using collate::vocabulary::Dimension;
using collate::vocabulary::LoadVocabulary;
using collate::vocabulary::Member;
using collate::vocabulary::MemberId;
using collate::vocabulary::Panel;
using collate::vocabulary::Vocabulary;

constexpr int kDay = 17'000;

void RequireSound(const Dimension& dimension) {
  for (MemberId id = 0; id < dimension.members().size(); ++id) {
    const Member& member = dimension.member(id);
    Require(dimension.Find(member.code) == id, "a member has its code");
    Require(member.level >= 0 &&
                static_cast<size_t>(member.level) < dimension.levels().size(),
            "a member has a level");
    Require(!dimension.Contains(id, id, kDay), "nothing contains itself");
    for (const MemberId below : dimension.SelfAndDescendants(id, kDay)) {
      Require(below < dimension.members().size() &&
                  (below == id || dimension.Contains(id, below, kDay)),
              "what is below is contained");
    }
    for (const auto& relation : member.relations) {
      Require(relation.member < dimension.members().size(),
              "a relation has another side");
    }
  }
}

void RequireSound(const Vocabulary& vocabulary) {
  for (const Dimension& dimension : vocabulary.dimensions()) {
    Require(vocabulary.FindDimension(dimension.code()) == &dimension,
            "a dimension has its code");
    RequireSound(dimension);
    (void)dimension.NearMatches("88B");
    (void)dimension.Resolve("88A", "first", kDay);
  }
  for (const Panel& panel : vocabulary.panels()) {
    for (const auto& member : panel.members) {
      Require(member.reporter < vocabulary.reporters().members().size(),
              "a panel is of reporters");
    }
    (void)panel.MembersDuring({kDay, kDay + 365});
  }
  for (const auto& measure : vocabulary.measures()) {
    Require(vocabulary.FindMeasure(measure.code) == &measure,
            "a measure has its code");
  }
  for (const auto& source : vocabulary.sources()) {
    Require(collate::vocabulary::IsSourceId(source.id), "a source has an id");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TempDir directory;
  const google::protobuf::LogSilencer silence;
  const std::vector<std::string> files =
      absl::StrSplit(collate::fuzz::Text(data, size), absl::MaxSplits('\0', 1));
  directory.Write("a.textproto", files[0]);
  directory.Write("b.textproto", files.size() > 1 ? files[1] : "");
  const auto vocabulary = LoadVocabulary({directory.path()});
  if (!vocabulary.ok()) {
    collate::fuzz::RequireReason(vocabulary.status(), "INVALID_VOCABULARY");
    return 0;
  }
  RequireSound(*vocabulary);
  return 0;
}
