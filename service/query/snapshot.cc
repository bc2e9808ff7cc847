#include "service/query/snapshot.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/query/away_tables.h"
#include "service/query/row_members.h"
#include "service/query/table_builder.h"

namespace collate::query {
namespace {

using store::Observations;
using store::Release;
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

std::shared_ptr<const Snapshot> Snapshot::Build(
    std::shared_ptr<const Vocabulary> vocabulary,
    const std::vector<std::shared_ptr<const LoadedRelease>>& releases) {
  SnapshotBuilder builder(std::move(vocabulary), nullptr);
  for (const std::shared_ptr<const LoadedRelease>& loaded : releases) {
    std::vector<Observations> observations;
    for (uint32_t i = 0; i < loaded->chunks->size(); ++i) {
      observations.push_back(**loaded->chunks->Read(i));
    }
    builder.Add(loaded, observations);
  }
  return std::move(builder).Build();
}

std::shared_ptr<const Snapshot> Snapshot::Narrow(
    const std::vector<uint32_t>& indexes) const {
  SnapshotBuilder builder(vocabulary_, shared_from_this());
  for (const uint32_t index : indexes) builder.Keep(releases_[index]);
  builder.further_sources_ = sources_;
  builder.further_sources_.insert(builder.further_sources_.end(),
                                  further_sources_.begin(),
                                  further_sources_.end());
  return std::move(builder).Build();
}

SnapshotBuilder::SnapshotBuilder(std::shared_ptr<const Vocabulary> vocabulary,
                                 std::shared_ptr<const Snapshot> previous)
    : vocabulary_(std::move(vocabulary)),
      tables_(
          std::make_unique<TableBuilder>(*vocabulary_, std::move(previous))) {}

SnapshotBuilder::~SnapshotBuilder() = default;

void SnapshotBuilder::Keep(std::shared_ptr<const LoadedRelease> release) {
  tables_->Keep(std::move(release));
}

void SnapshotBuilder::Add(std::shared_ptr<const LoadedRelease> release,
                          const std::vector<Observations>& observations) {
  absl::Status problem = release->problem;
  if (problem.ok()) {
    problem = CheckWords(release->release, observations, *vocabulary_);
  }
  if (problem.ok()) return tables_->Add(std::move(release), observations);
  tables_->Add(std::make_shared<const LoadedRelease>(LoadedRelease{
                   .release = release->release,
                   .chunks = std::make_shared<const ChunksInMemory>(
                       std::vector<Observations>()),
                   .problem = std::move(problem),
                   .reading = release->reading,
                   .fingerprint = release->fingerprint}),
               {});
}

std::shared_ptr<const Snapshot> SnapshotBuilder::Build() && {
  // Not make_shared: the constructor is private.
  std::shared_ptr<Snapshot> snapshot(new Snapshot());
  std::move(*tables_).Build(&snapshot->releases_, &snapshot->tables_);
  AddAwayTables(*vocabulary_, snapshot->releases_, &snapshot->tables_);
  snapshot->vocabulary_ = std::move(vocabulary_);
  snapshot->further_sources_ = std::move(further_sources_);
  snapshot->Complete();
  return snapshot;
}

void Snapshot::Complete() {
  sources_ = OrderedSources(*vocabulary_, releases_);
  digest_ = Digest(*vocabulary_, releases_);
  whole_ = std::none_of(tables_.begin(), tables_.end(),
                        [](const SliceTable& table) { return table.away; });
  size_t bytes = 0;
  for (const auto& loaded : releases_) {
    bytes += sizeof(*loaded) + loaded->release.report.size() +
             loaded->release.manifest.size() + loaded->chunks->byte_count();
  }
  for (const SliceTable& table : tables_) bytes += table.byte_count();
  byte_count_ = static_cast<int64_t>(bytes);
}

std::shared_ptr<const Snapshot> Snapshot::With(
    std::vector<SliceTable> tables, std::shared_ptr<const FetchScope> scope,
    std::shared_ptr<const Absences> absences) const {
  // Not make_shared: the constructor is private.
  std::shared_ptr<Snapshot> snapshot(new Snapshot());
  snapshot->vocabulary_ = vocabulary_;
  snapshot->releases_ = releases_;
  snapshot->tables_ = std::move(tables);
  snapshot->further_sources_ = further_sources_;
  // Of the same releases.
  snapshot->sources_ = sources_;
  snapshot->digest_ = digest_;
  snapshot->byte_count_ = byte_count_;
  snapshot->whole_ = scope == nullptr;
  snapshot->scope_ = std::move(scope);
  snapshot->absences_ = std::move(absences);
  return snapshot;
}

bool Snapshot::KnowsSource(const std::string& id) const {
  return vocabulary_->FindSource(id) != nullptr ||
         std::count(sources_.begin(), sources_.end(), id) > 0 ||
         std::count(further_sources_.begin(), further_sources_.end(), id) > 0;
}

absl::StatusOr<Citation> Snapshot::Cite(const RowRef& ref) const {
  const Release& release = release_of(ref);
  COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const Observations> stored,
                           Read(ref));
  const Observations& chunk = *stored;
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
  if (const Chunks::Stated* stated = FindStated(ref)) {
    citation.printed_by = stated->printed_by;
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
