#include "service/query/snapshot.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/digest.h"
#include "service/query/table_builder.h"

namespace collate::query {
namespace {

using store::Observations;
using store::Release;
using vocabulary::DayInterval;
using vocabulary::MemberId;
using vocabulary::Vocabulary;

std::vector<std::string> OrderedSources(
    const Vocabulary& vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases) {
  std::vector<std::string> sources;
  for (const auto& loaded : releases) sources.push_back(loaded->release.source);
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  auto preference = [&](const std::string& id) {
    const vocabulary::Source* source = vocabulary.FindSource(id);
    return source == nullptr ? vocabulary::kLowestPreference
                             : source->preference;
  };
  std::stable_sort(sources.begin(), sources.end(),
                   [&](const std::string& a, const std::string& b) {
                     return preference(a) < preference(b);
                   });
  return sources;
}

std::string Digest(
    const Vocabulary& vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases) {
  std::string text = absl::StrCat(vocabulary.sha256(), "\n");
  for (const auto& loaded : releases) {
    absl::StrAppend(&text, loaded->release.name, " ",
                    static_cast<int>(loaded->release.state),
                    loaded->problem.ok() ? "" : " unreadable", "\n");
  }
  return base::Sha256Hex(text);
}

}  // namespace

std::string ReadingOf(const Release& release) {
  std::string text;
  for (const std::string* part :
       {&release.adapter_id, &release.adapter_version, &release.adapter_sha256,
        &release.vocabulary_sha256, &release.report}) {
    absl::StrAppend(&text, part->size(), ":", *part, "\n");
  }
  return base::Sha256Hex(text);
}

KnownTime KnownFrom(const Release& release) {
  return absl::ToUnixMicros(release.publish_time.value_or(release.load_time));
}

bool Claim::Covers(MemberId reporter, const DayInterval& days) const {
  return period.Contains(days) &&
         std::binary_search(reporters.begin(), reporters.end(), reporter);
}

std::pair<size_t, size_t> SliceTable::RowsOf(MemberId member) const {
  if (members.empty()) return {0, row_count()};
  const std::vector<MemberId>& first = members[0];
  const auto range = std::equal_range(first.begin(), first.end(), member);
  return {static_cast<size_t>(range.first - first.begin()),
          static_cast<size_t>(range.second - first.begin())};
}

std::shared_ptr<const Snapshot> Snapshot::Build(
    std::shared_ptr<const Vocabulary> vocabulary,
    std::vector<std::shared_ptr<const LoadedRelease>> releases) {
  return Make(std::move(vocabulary), std::move(releases), {});
}

std::shared_ptr<const Snapshot> Snapshot::Make(
    std::shared_ptr<const Vocabulary> vocabulary,
    std::vector<std::shared_ptr<const LoadedRelease>> releases,
    std::vector<std::string> further_sources) {
  std::sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) {
    if (a->release.source != b->release.source) {
      return a->release.source < b->release.source;
    }
    return store::Precedes(a->release, b->release);
  });
  for (std::shared_ptr<const LoadedRelease>& loaded : releases) {
    if (!loaded->problem.ok()) continue;
    absl::Status problem = TableBuilder::CheckWords(*loaded, *vocabulary);
    if (problem.ok()) continue;
    loaded = std::make_shared<const LoadedRelease>(LoadedRelease{
        .release = loaded->release,
        .observations =
            std::make_shared<const std::vector<store::Observations>>(),
        .problem = std::move(problem),
        .reading = loaded->reading});
  }
  // Not make_shared: the constructor is private.
  std::shared_ptr<Snapshot> snapshot(new Snapshot());
  snapshot->vocabulary_ = std::move(vocabulary);
  snapshot->releases_ = std::move(releases);
  snapshot->sources_ =
      OrderedSources(*snapshot->vocabulary_, snapshot->releases_);
  snapshot->further_sources_ = std::move(further_sources);
  snapshot->digest_ = Digest(*snapshot->vocabulary_, snapshot->releases_);
  TableBuilder(snapshot->releases_, *snapshot->vocabulary_)
      .Build(&snapshot->tables_);
  return snapshot;
}

std::shared_ptr<const Snapshot> Snapshot::Narrow(
    const std::vector<uint32_t>& indexes) const {
  std::vector<std::shared_ptr<const LoadedRelease>> some;
  for (const uint32_t index : indexes) some.push_back(releases_[index]);
  std::vector<std::string> known = sources_;
  known.insert(known.end(), further_sources_.begin(), further_sources_.end());
  return Make(vocabulary_, std::move(some), std::move(known));
}

bool Snapshot::KnowsSource(const std::string& id) const {
  return vocabulary_->FindSource(id) != nullptr ||
         std::count(sources_.begin(), sources_.end(), id) > 0 ||
         std::count(further_sources_.begin(), further_sources_.end(), id) > 0;
}

Citation Snapshot::Cite(const RowRef& ref) const {
  const Release& release = release_of(ref);
  const Observations& chunk = chunk_of(ref);
  const store::Locator& locator = chunk.locator[ref.row];
  const store::Document& document = release.documents[locator.document];
  Citation citation;
  citation.release = release.name;
  citation.document = document.name;
  citation.document_sha256 = document.sha256;
  citation.locator = FormatLocator(locator, chunk, document.name);
  citation.raw = chunk.strings[chunk.raw[ref.row]];
  citation.reporter_text = chunk.strings[chunk.reporter.label[ref.row]];
  citation.period_text = chunk.strings[chunk.period_text[ref.row]];
  for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
    citation.labels.emplace_back(
        chunk.slice.axes[axis].dimension,
        chunk.strings[chunk.axes[axis].label[ref.row]]);
  }
  if (!chunk.stated.empty()) {
    citation.printed_by = chunk.strings[chunk.stated.printed_by[ref.row]];
  }
  return citation;
}

namespace {

// 1 -> A, 26 -> Z, 27 -> AA.
std::string ColumnName(uint32_t column) {
  std::string name;
  for (; column > 0; column = (column - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (column - 1) % 26));
  }
  return name;
}

}  // namespace

std::string FormatLocator(const store::Locator& locator,
                          const Observations& chunk,
                          absl::string_view document) {
  const std::string& part = chunk.strings[locator.part];
  const std::string& sheet = chunk.strings[locator.sheet];
  std::string file(document);
  if (!part.empty() && part != document) {
    file = absl::StartsWith(part, absl::StrCat(document, "/"))
               ? part
               : absl::StrCat(document, "/", part);
  }
  if (sheet.empty()) {
    return absl::StrCat(file, ":L", locator.line, ":C", locator.column);
  }
  std::string cell =
      absl::StrCat("'", absl::StrReplaceAll(sheet, {{"'", "''"}}), "'!",
                   ColumnName(locator.column), locator.row);
  if (locator.row_end != 0 || locator.column_end != 0) {
    absl::StrAppend(&cell, ":",
                    ColumnName(std::max(locator.column, locator.column_end)),
                    std::max(locator.row, locator.row_end));
  }
  return part.empty() ? cell : absl::StrCat(file, ":", cell);
}

}  // namespace collate::query
