#include "service/ingest/ingestor.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/ingest/adapter_choice.h"
#include "service/ingest/answer_release.h"
#include "service/ingest/harmonise.h"
#include "service/ingest/report.h"
#include "service/ingest/validate.h"

namespace collate::ingest {
namespace {

// As kMaxMessageBytes, of a list.
constexpr size_t kMaxFindingsBytes = 2048;
// See collate_host.account.
constexpr absl::string_view kNoFiguresAccount = "documents_without_figures";

// The errors among the findings as one text of a line each; how many there
// are in all is said in any case.
base::Error WithFindings(base::Error error,
                         const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  size_t errors = 0;
  size_t listed = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    ++errors;
    const std::string line = DescribeDiagnostic(diagnostic);
    if (text.size() + line.size() + 1 > kMaxFindingsBytes) continue;
    ++listed;
    absl::StrAppend(&text, text.empty() ? "" : "\n", line);
  }
  error.With("error_count", absl::StrCat(errors));
  if (!text.empty()) error.With("errors", text);
  if (listed < errors) {
    error.With("errors_not_listed", absl::StrCat(errors - listed));
  }
  return error;
}

void AppendText(std::string* out, absl::string_view text) {
  absl::StrAppend(out, text.size(), ":", text, "\n");
}

void AppendPairs(std::string* out, const Pairs& pairs) {
  absl::StrAppend(out, pairs.size(), "\n");
  for (const auto& [key, value] : pairs) {
    AppendText(out, key);
    AppendText(out, value);
  }
}

// What the caller sent, in one way only; the identity of the release. Of each
// document name, sha256 and manifest stand together, sorted by
// name: bytes that change places between two names are another release. Texts
// carry their lengths, so that no two manifests run into one.
std::string CanonicalManifest(const ReleaseManifest& manifest,
                              absl::string_view adapter,
                              const std::vector<ReceivedDocument>& documents) {
  std::string text = "collate manifest 2\n";
  AppendText(&text, manifest.source);
  AppendText(&text,
             manifest.publish_time.has_value()
                 ? absl::StrCat(absl::ToUnixMicros(*manifest.publish_time))
                 : "unknown");
  AppendText(&text, manifest.edition);
  AppendText(&text, adapter);
  AppendPairs(&text, manifest.options);
  AppendText(&text, manifest.synthetic ? "synthetic" : "real");
  absl::StrAppend(&text, documents.size(), "\n");
  for (const ReceivedDocument& document : documents) {
    AppendText(&text, document.name());
    AppendText(&text, document.sha256());
    AppendPairs(&text, document.manifest());
    // Read as something else, the same bytes would say something else.
    if (document.media_type() == answer::kManifestMediaType) {
      absl::StrAppend(&text, "answer\n");
    }
  }
  return text;
}

std::string ReleaseName(const ReleaseManifest& manifest,
                        absl::string_view canonical) {
  std::string date = "00000000";
  if (manifest.publish_time.has_value()) {
    date =
        absl::FormatTime("%Y%m%d", *manifest.publish_time, absl::UTCTimeZone());
  }
  return absl::StrCat("sources/", manifest.source, "/releases/", date, "-",
                      base::Sha256Hex(canonical).substr(0, 12));
}

const store::Release* FindRelease(const query::Snapshot& snapshot,
                                  absl::string_view name) {
  for (const auto& loaded : snapshot.releases()) {
    if (loaded->release.name == name) return &loaded->release;
  }
  return nullptr;
}

absl::StatusOr<Report> AlreadyLoaded(const store::Release& release) {
  if (release.state == store::ReleaseState::kWithdrawn) {
    return base::Error(absl::StatusCode::kFailedPrecondition,
                       "RELEASE_WITHDRAWN",
                       absl::StrCat("these documents are release ",
                                    release.name, ", which was withdrawn (",
                                    Shortened(release.withdrawn_reason, 256),
                                    "); a release that is withdrawn stays so"))
        .With("release", release.name)
        .With("withdrawn_reason", Shortened(release.withdrawn_reason, 256));
  }
  Report report;
  COLLATE_RETURN_IF_ERROR(ParseReport(release.report, &report));
  report.release = release;
  report.already_loaded = true;
  report.published = true;
  return report;
}

// One made-up figure among real ones taints every sum over them.
absl::Status CheckUnmixed(const query::Snapshot& snapshot,
                          const store::Release& release) {
  for (const auto& loaded : snapshot.releases()) {
    const store::Release& other = loaded->release;
    if (other.state != store::ReleaseState::kPublished ||
        other.synthetic == release.synthetic) {
      continue;
    }
    return base::Error(
               absl::StatusCode::kFailedPrecondition, "SYNTHETIC_MIXED",
               absl::StrCat(
                   "this release is ", release.synthetic ? "synthetic" : "real",
                   " and ", other.name, " of this store is ",
                   other.synthetic ? "synthetic" : "real",
                   "; the two are never kept together: send it to a server "
                   "with a data directory of its own"))
        .With("release", other.name);
  }
  return absl::OkStatus();
}

absl::Status Cancelled() {
  return base::Error(absl::StatusCode::kCancelled, "INGESTION_CANCELLED",
                     "the ingestion was cancelled; nothing was published");
}

// One ingestion on its way.
class Run {
 public:
  Run(const Ingestor::Options& options, const Ingestor::Control& control,
      std::mutex& publishing, Submission submission)
      : options_(options),
        control_(control),
        publishing_(publishing),
        submission_(std::move(submission)) {}

  absl::StatusOr<Report> Do() {
    // A reload of the adapters changes nothing for what is under way.
    registry_ = options_.registry->Current();
    // The order in which documents came means nothing.
    std::sort(submission_.documents.begin(), submission_.documents.end(),
              [](const ReceivedDocument& a, const ReceivedDocument& b) {
                return a.name() < b.name();
              });
    COLLATE_RETURN_IF_ERROR(Prepare());
    if (control_.suggest) return Suggestions();
    const auto before = options_.publisher->Current();
    if (const store::Release* release = FindRelease(*before, release_.name)) {
      return AlreadyLoaded(*release);
    }
    COLLATE_RETURN_IF_ERROR(CheckUnmixed(*before, release_));
    COLLATE_ASSIGN_OR_RETURN(Harmonised harmonised, ReadAll());
    COLLATE_RETURN_IF_ERROR(Check(*before, harmonised));
    if (control_.cancelled()) return Cancelled();
    Report report;
    report.documents = DocumentReportsOf(harmonised);
    report.diagnostics = harmonised.findings.Sorted();
    if (!IsKept(harmonised)) {
      return NothingKept(harmonised, report.diagnostics);
    }
    report.release = MakeRelease(harmonised, report);
    if (control_.dry_run) return report;
    store::ReleaseDraft draft =
        MakeDraft(report.release, std::move(harmonised));
    return Publish(std::move(draft), std::move(report));
  }

 private:
  // What adapters propose is independent of what is published.
  absl::StatusOr<Report> Suggestions() {
    COLLATE_ASSIGN_OR_RETURN(const Harmonised harmonised, ReadAll());
    Report report;
    report.documents = DocumentReportsOf(harmonised);
    report.diagnostics = harmonised.findings.Sorted();
    return report;
  }

  // Decides everything that can be decided without reading a document.
  absl::Status Prepare() {
    const ReleaseManifest& manifest = submission_.manifest;
    if (!vocabulary::IsSourceId(manifest.source)) {
      return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_SOURCE",
                         "the release names no source");
    }
    if (submission_.documents.empty()) {
      return base::Error(absl::StatusCode::kInvalidArgument, "NO_DOCUMENTS",
                         "the release has no document");
    }
    COLLATE_ASSIGN_OR_RETURN(answer_,
                             FindAnswer(manifest, submission_.documents));
    read_.assign(submission_.documents.size(), true);
    if (answer_.has_value()) TakeAnswer();
    if (std::count(read_.begin(), read_.end(), true) > 0) {
      const std::vector<std::string> recipes =
          answer_.has_value() ? answer_->recipes : std::vector<std::string>();
      COLLATE_ASSIGN_OR_RETURN(
          adapter_, FindAdapter(*registry_, submission_, read_, recipes));
      COLLATE_ASSIGN_OR_RETURN(adapter_options_,
                               OptionsOfEach(*adapter_, submission_, recipes));
      release_.adapter_id = adapter_->id;
      release_.adapter_version = adapter_->version;
      release_.adapter_sha256 = adapter_->sha256;
    } else {
      // An adapter and options that were given for a whole folder.
      submission_.manifest.options.clear();
    }
    release_.source = manifest.source;
    release_.publish_time = manifest.publish_time;
    release_.edition = manifest.edition;
    release_.vocabulary_sha256 = options_.vocabulary->sha256();
    release_.synthetic = manifest.synthetic;
    // As given, without defaults: a newer adapter with one more option must
    // not make new releases of old bytes.
    release_.manifest =
        CanonicalManifest(manifest, release_.adapter_id, submission_.documents);
    release_.name = ReleaseName(manifest, release_.manifest);
    return absl::OkStatus();
  }

  // The manifest of an answer says what the release left open.
  void TakeAnswer() {
    ReleaseManifest& manifest = submission_.manifest;
    read_ = answer_->has_figures;
    if (manifest.edition.empty()) manifest.edition = answer_->manifest.edition;
    if (manifest.publish_time.has_value()) return;
    manifest.publish_time =
        PublishTimeOf(answer_->manifest, &publish_time_finding_);
    if (publish_time_finding_.has_value()) {
      publish_time_finding_->locator = AnswerName();
    }
  }

  const std::string& AnswerName() const {
    return answer_->NameIn(submission_.documents);
  }

  // What the adapter and the harmoniser are told of a document.
  Pairs ManifestFor(size_t index) const {
    const ReceivedDocument& document = submission_.documents[index];
    return answer_.has_value() ? ManifestOf(*answer_, document)
                               : document.manifest();
  }

  // Each document is harmonised and freed before the next is read.
  absl::StatusOr<Harmonised> ReadAll() {
    HarmoniseInput input;
    input.vocabulary = options_.vocabulary.get();
    input.source = submission_.manifest.source;
    input.options = submission_.manifest.options;
    input.synthetic = submission_.manifest.synthetic;
    uint64_t rows = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < submission_.documents.size(); ++i) {
      const ReceivedDocument& document = submission_.documents[i];
      input.documents.push_back({document.name(), ManifestFor(i)});
      if (read_[i]) total += static_cast<uint64_t>(document.byte_count());
    }
    Harmoniser harmoniser(input);
    uint64_t before = 0;
    const int count = static_cast<int>(submission_.documents.size());
    for (int index = 0; index < count; ++index) {
      const size_t at = static_cast<size_t>(index);
      const ReceivedDocument& document = submission_.documents[at];
      if (!read_[at]) {
        COLLATE_ASSIGN_OR_RETURN(const RawDocument raw, WithoutAdapter(at));
        harmoniser.Add(raw);
        rows += raw.observations.size();
        continue;
      }
      const uint64_t bytes = static_cast<uint64_t>(document.byte_count());
      ReadJob job;
      job.adapter = adapter_;
      job.name = document.name();
      job.media_type = document.media_type();
      job.sha256 = document.sha256();
      job.byte_count = document.byte_count();
      job.fd = document.fd();
      job.manifest = input.documents[at].manifest;
      job.options = adapter_options_[at];
      job.index = index;
      job.count = count;
      job.purpose = control_.suggest   ? Purpose::kSuggest
                    : control_.dry_run ? Purpose::kPreview
                                       : Purpose::kIngest;
      ReadControl read_control;
      read_control.cancelled = control_.cancelled;
      read_control.progress = [&](uint64_t done, uint64_t units) {
        // Adapters count what they like; callers are told bytes.
        const double part = units == 0
                                ? 0.0
                                : std::min(1.0, static_cast<double>(done) /
                                                    static_cast<double>(units));
        control_.progress(
            Stage::kReading,
            before + static_cast<uint64_t>(part * static_cast<double>(bytes)),
            total);
      };
      control_.progress(Stage::kReading, before, total);
      const ReadResult read = options_.supervisor->Read(job, read_control);
      if (control_.dry_run) {
        for (const RawAttachment& attachment : read.document.attachments) {
          control_.attachment(document.name(), attachment);
        }
      }
      if (!read.outcome.ok()) return ReadError(document, read);
      harmoniser.Add(read.document);
      rows += read.document.observations.size();
      if (control_.cancelled()) return Cancelled();
      before += bytes;
    }
    control_.progress(Stage::kReading, total, total);
    control_.progress(Stage::kMapping, 0, rows);
    Harmonised harmonised = harmoniser.Finish();
    control_.progress(Stage::kMapping, rows, rows);
    return harmonised;
  }

  // A letter says nothing, the manifest of an answer what has no figures.
  absl::StatusOr<RawDocument> WithoutAdapter(size_t index) const {
    if (index != answer_->document) return RawDocument();
    return RowsOf(*answer_, AnswerName(), *options_.vocabulary,
                  submission_.manifest.source, Today());
  }

  vocabulary::Day Today() const {
    return static_cast<vocabulary::Day>(
        absl::ToCivilDay(options_.clock->Now(), absl::UTCTimeZone()) -
        absl::CivilDay(1970, 1, 1));
  }

  // A refusal is told with what the adapter found; other outcomes say enough.
  absl::Status ReadError(const ReceivedDocument& document,
                         const ReadResult& read) const {
    const base::ErrorDetail detail = base::DetailOf(read.outcome);
    if (detail.reason != "DOCUMENT_REFUSED") return read.outcome;
    Findings findings;
    for (const RawDiagnostic& raw : read.document.diagnostics) {
      findings.Add({raw.severity, raw.reason, raw.message, raw.expected,
                    raw.found, FormatRawLocator(document.name(), raw.locator),
                    std::max<uint64_t>(raw.repeats, 1)});
    }
    const Diagnostic* first = findings.FirstError();
    std::string message(read.outcome.message());
    if (first != nullptr) {
      message = absl::StrCat("document '", document.name(),
                             "' is refused: ", DescribeDiagnostic(*first));
    }
    base::Error error(read.outcome.code(), detail.reason,
                      Shortened(message, kMaxMessageBytes));
    for (const auto& [key, value] : detail.metadata) {
      error.With(key, Shortened(value, 256));
    }
    if (first != nullptr && !first->locator.empty()) {
      error.With("locator", Shortened(first->locator, 512));
    }
    return WithFindings(std::move(error), findings.Sorted());
  }

  absl::Status Check(const query::Snapshot& before, Harmonised& harmonised) {
    if (answer_.has_value()) {
      COLLATE_RETURN_IF_ERROR(CheckAnswer(before, harmonised));
    }
    uint64_t rows = 0;
    for (const HarmonisedSlice& slice : harmonised.slices) {
      rows += slice.table.size();
    }
    control_.progress(Stage::kChecking, 0, rows);
    Validate(*options_.vocabulary, harmonised);
    control_.progress(Stage::kChecking, rows, rows);
    const std::vector<std::string>& sources = before.sources();
    if (options_.vocabulary->FindSource(release_.source) == nullptr &&
        std::find(sources.begin(), sources.end(), release_.source) ==
            sources.end()) {
      harmonised.findings.Add(
          {Severity::kInfo, "NEW_SOURCE",
           absl::StrCat("source '", release_.source,
                        "' is new: it has its id for a title and answers "
                        "after all others"),
           "", release_.source, ""});
    }
    return absl::OkStatus();
  }

  absl::Status CheckAnswer(const query::Snapshot& before,
                           Harmonised& harmonised) {
    CheckReporters(*answer_, *options_.vocabulary, release_.source, harmonised);
    answer_extents_ =
        ExtentsOf(*answer_, *options_.vocabulary, release_.source);
    COLLATE_ASSIGN_OR_RETURN(std::vector<store::Extent> superseded,
                             SupersededExtents(*answer_, AnswerName(), before,
                                               release_, harmonised.findings));
    std::move(superseded.begin(), superseded.end(),
              std::back_inserter(answer_extents_));
    if (publish_time_finding_.has_value()) {
      harmonised.findings.Add(*publish_time_finding_);
    }
    return absl::OkStatus();
  }

  // Whether the release is worth publishing: an answer only as its manifest
  // has it, with the figures that it says are there and nothing that they
  // contradict; any other with at least one table, or with documents that are
  // known to hold no figure.
  bool IsKept(const Harmonised& harmonised) const {
    if (harmonised.slices.empty()) return IsWithoutFigures(harmonised);
    if (!answer_.has_value()) return true;
    for (const HarmonisedTable& table : harmonised.tables) {
      if (table.document == answer_->document && table.report.refused) {
        return false;
      }
    }
    for (size_t i = 0; i < read_.size(); ++i) {
      if (read_[i] &&
          std::none_of(harmonised.tables.begin(), harmonised.tables.end(),
                       [i](const HarmonisedTable& table) {
                         return table.document == i && !table.report.refused &&
                                table.report.row_count > 0;
                       })) {
        return false;
      }
    }
    return true;
  }

  // Whether the adapter says of every document that it is read whole and holds
  // no figure. An answer says so itself, in its manifest.
  bool IsWithoutFigures(const Harmonised& harmonised) const {
    const auto says_so = [](const Harmonised::Document& document) {
      return std::any_of(document.accounts.begin(), document.accounts.end(),
                         [](const auto& account) {
                           return account.first == kNoFiguresAccount &&
                                  account.second > 0;
                         });
    };
    return !answer_.has_value() && harmonised.tables.empty() &&
           std::all_of(harmonised.documents.begin(), harmonised.documents.end(),
                       says_so);
  }

  static absl::Status NothingKept(const Harmonised& harmonised,
                                  const std::vector<Diagnostic>& diagnostics) {
    const Diagnostic* refusal = nullptr;
    bool any_refused = false;
    for (const HarmonisedTable& table : harmonised.tables) {
      any_refused |= table.report.refused;
    }
    if (any_refused) refusal = harmonised.findings.FirstError();
    const std::string message =
        refusal == nullptr
            ? absl::StrCat("nothing to publish: the adapter read ",
                           harmonised.tables.size(), " tables without a row")
            : absl::StrCat("nothing is kept of the release: ",
                           DescribeDiagnostic(*refusal));
    base::Error error(absl::StatusCode::kFailedPrecondition,
                      refusal == nullptr ? "NOTHING_KEPT"
                                         : absl::string_view(refusal->reason),
                      Shortened(message, kMaxMessageBytes));
    error.With("outcome", "NOTHING_KEPT");
    if (refusal != nullptr) {
      if (!refusal->locator.empty()) {
        error.With("locator", Shortened(refusal->locator, 512));
      }
      if (!refusal->found.empty()) {
        error.With("found", Shortened(refusal->found, 256));
      }
      if (!refusal->expected.empty()) {
        error.With("expected", Shortened(refusal->expected, 256));
      }
    }
    return WithFindings(std::move(error), diagnostics);
  }

  store::Release MakeRelease(const Harmonised& harmonised,
                             const Report& report) const {
    const vocabulary::Source* source =
        options_.vocabulary->FindSource(release_.source);
    const bool retain =
        source == nullptr || source->retain == vocabulary::Retain::kOriginal;
    store::Release release = release_;
    release.load_time = options_.clock->Now();
    release.extents = ExtentsOf(harmonised);
    release.extents.insert(release.extents.end(), answer_extents_.begin(),
                           answer_extents_.end());
    release.report = SerializeReport(report);
    for (const HarmonisedSlice& slice : harmonised.slices) {
      release.observation_count += static_cast<int64_t>(slice.table.size());
    }
    for (const ReceivedDocument& received : submission_.documents) {
      store::Document document;
      document.name = received.name();
      document.media_type = received.media_type();
      document.sha256 = received.sha256();
      document.byte_count = received.byte_count();
      document.retained = retain;
      release.documents.push_back(std::move(document));
    }
    return release;
  }

  // Takes rows and documents over; neither is needed afterwards.
  store::ReleaseDraft MakeDraft(const store::Release& release,
                                Harmonised harmonised) {
    store::ReleaseDraft draft;
    draft.release = release;
    for (HarmonisedSlice& slice : harmonised.slices) {
      draft.observations.push_back(std::move(slice.observations));
    }
    for (size_t i = 0; i < submission_.documents.size(); ++i) {
      if (!release.documents[i].retained) {
        draft.contents.emplace_back();
        continue;
      }
      auto shared = std::make_shared<const ReceivedDocument>(
          std::move(submission_.documents[i]));
      draft.contents.emplace_back([shared](int64_t offset, int64_t max_bytes) {
        return shared->ReadAt(offset, max_bytes);
      });
    }
    return draft;
  }

  absl::StatusOr<Report> Publish(store::ReleaseDraft draft, Report report) {
    control_.progress(Stage::kPublishing, 0, 1);
    // The last moment at which giving up leaves nothing behind.
    if (control_.cancelled()) return Cancelled();
    absl::Status published;
    {
      const std::lock_guard<std::mutex> lock(publishing_);
      COLLATE_RETURN_IF_ERROR(
          CheckUnmixed(*options_.publisher->Current(), release_));
      published = options_.publisher->Publish(draft);
    }
    const auto after = options_.publisher->Current();
    const store::Release* release = FindRelease(*after, release_.name);
    if (absl::IsAlreadyExists(published) && release != nullptr) {
      // Somebody else was faster with the same bytes.
      return AlreadyLoaded(*release);
    }
    COLLATE_RETURN_IF_ERROR(published);
    if (release != nullptr) report.release = *release;
    report.published = true;
    control_.progress(Stage::kPublishing, 1, 1);
    return report;
  }

  const Ingestor::Options& options_;
  std::shared_ptr<const Registry> registry_;
  const Ingestor::Control& control_;
  std::mutex& publishing_;
  Submission submission_;
  std::optional<AnswerOf> answer_;
  std::optional<Diagnostic> publish_time_finding_;
  std::vector<store::Extent> answer_extents_;
  std::vector<bool> read_;                 // by an adapter; by document
  const AdapterEntry* adapter_ = nullptr;  // when any is
  std::vector<Pairs> adapter_options_;     // by document
  store::Release release_;
};

}  // namespace

ReceivedDocument::ReceivedDocument(std::string name, std::string media_type,
                                   Pairs manifest, std::string sha256,
                                   int64_t byte_count, int fd)
    : name_(std::move(name)),
      media_type_(std::move(media_type)),
      manifest_(std::move(manifest)),
      sha256_(std::move(sha256)),
      byte_count_(byte_count),
      fd_(fd) {}

ReceivedDocument::ReceivedDocument(ReceivedDocument&& other) noexcept
    : name_(std::move(other.name_)),
      media_type_(std::move(other.media_type_)),
      manifest_(std::move(other.manifest_)),
      sha256_(std::move(other.sha256_)),
      byte_count_(other.byte_count_),
      fd_(std::exchange(other.fd_, -1)) {}

ReceivedDocument& ReceivedDocument::operator=(
    ReceivedDocument&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) close(fd_);
  name_ = std::move(other.name_);
  media_type_ = std::move(other.media_type_);
  manifest_ = std::move(other.manifest_);
  sha256_ = std::move(other.sha256_);
  byte_count_ = other.byte_count_;
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

ReceivedDocument::~ReceivedDocument() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<std::string> ReceivedDocument::ReadAt(int64_t offset,
                                                     int64_t max_bytes) const {
  if (offset < 0 || max_bytes < 0) {
    return absl::InvalidArgumentError("a range begins and is no less than 0");
  }
  const int64_t size =
      std::min(max_bytes, std::max<int64_t>(byte_count_ - offset, 0));
  std::string bytes(static_cast<size_t>(size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = pread(fd_, bytes.data() + done, bytes.size() - done,
                            offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const std::string why = n == 0 ? "it ends early" : std::strerror(errno);
      return base::Error(
                 absl::StatusCode::kUnavailable, "INTAKE_STORAGE",
                 absl::StrCat("cannot read document '", name_, "' back: ", why))
          .With("document", name_);
    }
    done += static_cast<size_t>(n);
  }
  return bytes;
}

Ingestor::Ingestor(Options options) : options_(std::move(options)) {}

absl::StatusOr<Report> Ingestor::Ingest(Submission submission,
                                        const Control& control) const {
  return Run(options_, control, publishing_, std::move(submission)).Do();
}

}  // namespace collate::ingest
