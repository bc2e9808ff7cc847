#include "service/query/row_members.h"

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::query {

using store::Observations;
using store::Release;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::Vocabulary;

namespace {

absl::Status Corrupt(const Release& release, absl::string_view kind,
                     absl::string_view code) {
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "CORRUPT_RELEASE",
             absl::StrCat("release ", release.name, " has ", kind, " '", code,
                          "', which the vocabulary does not know"))
      .With("release", release.name)
      .With("kind", kind)
      .With("value", code);
}

}  // namespace

MemberId ColumnMapper::At(size_t row) {
  const uint32_t code = column_.member[row];
  std::optional<MemberId>& known = by_code_[code];
  if (!known.has_value()) {
    known = code == 0
                ? kUnmapped
                : dimension_.Find(chunk_.strings[code]).value_or(kUnmapped);
  }
  if (*known != kUnmapped) return *known;
  return dimension_
      .Resolve(chunk_.strings[column_.label[row]], source_,
               chunk_.period_begin[row])
      .value_or(kUnmapped);
}

std::string LevelOf(const Dimension& dimension, MemberId member,
                    absl::string_view stored) {
  if (member == kUnmapped) return "";
  std::string level = dimension.levels()[dimension.member(member).level].code;
  const size_t colon = stored.find(':');
  if (colon != absl::string_view::npos) {
    absl::StrAppend(&level, stored.substr(colon));
  }
  return level;
}

absl::Status CheckWords(const Release& release,
                        const std::vector<Observations>& observations,
                        const Vocabulary& vocabulary) {
  for (const Observations& chunk : observations) {
    if (vocabulary.FindMeasure(chunk.slice.measure) == nullptr) {
      return Corrupt(release, "measure", chunk.slice.measure);
    }
    for (const store::Axis& axis : chunk.slice.axes) {
      if (vocabulary.FindDimension(axis.dimension) == nullptr) {
        return Corrupt(release, "dimension", axis.dimension);
      }
    }
    ColumnMapper reporters(chunk, chunk.reporter, vocabulary.reporters(),
                           release.source);
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      if (reporters.At(row) == kUnmapped) {
        return Corrupt(release, "reporter",
                       chunk.strings[chunk.reporter.label[row]]);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace collate::query
