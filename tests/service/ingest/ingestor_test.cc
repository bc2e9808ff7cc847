// The whole way from bytes to a published release, with real workers and the
// test adapter of tests/adapters/long_format.

#include "service/ingest/ingestor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/ingest/intake.h"
#include "tests/service/ingest/raw_documents.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/forwarding_store.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::ingest {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::MatchesRegex;
using testing::MessageHas;
using ::testing::Not;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kHeader[] =
    "table,measure,unit,partition,repeats,reporter,period_begin,period_end,"
    "period_kind,period_text,dim:offence,state,value,raw\n";

std::string Line(const std::string& reporter, const std::string& offence,
                 const std::string& value, const std::string& table = "t",
                 const std::string& repeats = "ERROR") {
  return absl::StrCat(table, ",recorded offences,offences,COMPLETE,", repeats,
                      ",", reporter,
                      ",2017-04-01,2018-04-01,FINANCIAL_YEAR,2017/18,", offence,
                      ",", value.empty() ? "SUPPRESSED" : "REPORTED", ",",
                      value, ",", value.empty() ? "*" : value, "\n");
}

std::string GoodFile() {
  return absl::StrCat(kHeader, Line("Kent", "88A", "122"),
                      Line("Sussex", "88A", ""), Line("Kent", "X1", "7"));
}

struct SentFile {
  std::string name;
  std::string bytes;
  Pairs manifest = {};
};

// Refuses to publish when it is told to.
class FailingStore final : public testing::ForwardingStore {
 public:
  FailingStore() : ForwardingStore(&inner) {}
  absl::Status Publish(const store::ReleaseDraft& draft) override {
    return fail.ok() ? ForwardingStore::Publish(draft) : fail;
  }

  absl::Status fail;
  testing::MemoryStore inner;
};

class IngestorTest : public ::testing::Test {
 protected:
  IngestorTest()
      : supervisor_({.worker_path = testing::BuildPath("bin/collate-worker")}),
        registry_({.directories = {testing::BuildPath("tests/adapters"),
                                   testing::BuildPath("lib/collate/adapters")},
                   .trusted_root = testing::BuildPath("")},
                  &supervisor_) {
    auto publisher = query::Publisher::Open(vocabulary_, &store_);
    EXPECT_THAT(publisher, IsOk());
    publisher_ = *std::move(publisher);
    ingestor_ = std::make_unique<Ingestor>(
        Ingestor::Options{.vocabulary = vocabulary_,
                          .registry = &registry_,
                          .supervisor = &supervisor_,
                          .publisher = publisher_.get(),
                          .clock = &clock_});
  }

  static ReleaseManifest Manifest() {
    ReleaseManifest manifest;
    manifest.source = "src";
    manifest.publish_time =
        absl::FromCivil(absl::CivilDay(2018, 7, 19), absl::UTCTimeZone());
    manifest.adapter = "long_format";
    return manifest;
  }

  static Submission Submit(const std::vector<SentFile>& files,
                           const ReleaseManifest& manifest = Manifest()) {
    Intake intake;
    EXPECT_THAT(intake.Begin(manifest), IsOk());
    for (const SentFile& file : files) {
      EXPECT_THAT(intake.BeginDocument(file.name, "text/csv",
                                       static_cast<int64_t>(file.bytes.size()),
                                       base::Sha256Hex(file.bytes),
                                       file.manifest, 1 << 30),
                  IsOk());
      EXPECT_THAT(intake.Append(file.bytes), IsOk());
    }
    auto submission = intake.End();
    EXPECT_THAT(submission, IsOk());
    return *std::move(submission);
  }

  absl::StatusOr<Report> Ingest(const std::vector<SentFile>& files,
                                const ReleaseManifest& manifest = Manifest()) {
    return ingestor_->Ingest(Submit(files, manifest), {});
  }

  size_t ReleaseCount() const {
    return publisher_->Current()->releases().size();
  }

  static std::map<std::string, std::string> MetadataOf(
      const absl::Status& status) {
    const auto detail = base::DetailOf(status);
    return {detail.metadata.begin(), detail.metadata.end()};
  }

  static std::vector<std::string> ReasonsOf(const Report& report) {
    std::vector<std::string> reasons;
    for (const Diagnostic& d : report.diagnostics) reasons.push_back(d.reason);
    return reasons;
  }

  const std::shared_ptr<const vocabulary::Vocabulary> vocabulary_ =
      IngestVocabulary();
  Supervisor supervisor_;
  LiveRegistry registry_;
  testing::FakeClock clock_;
  FailingStore store_;
  std::unique_ptr<query::Publisher> publisher_;
  std::unique_ptr<Ingestor> ingestor_;
};

TEST_F(IngestorTest, PublishesWhatWasReadAndReportsEveryRow) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               Ingest({{"a.csv", GoodFile()}}));
  EXPECT_TRUE(report.published);
  EXPECT_FALSE(report.already_loaded);
  EXPECT_THAT(report.release.name,
              MatchesRegex("sources/src/releases/20180719-[0-9a-f]{12}"));
  EXPECT_EQ(report.release.source, "src");
  EXPECT_EQ(report.release.adapter_id, "long_format");
  EXPECT_EQ(report.release.adapter_sha256.size(), 64u);
  EXPECT_EQ(report.release.vocabulary_sha256, vocabulary_->sha256());
  EXPECT_EQ(report.release.load_time, clock_.Now());
  EXPECT_EQ(report.release.observation_count, 3);
  ASSERT_THAT(report.release.documents, SizeIs(1));
  EXPECT_EQ(report.release.documents[0].sha256, base::Sha256Hex(GoodFile()));
  EXPECT_TRUE(report.release.documents[0].retained);
  EXPECT_THAT(report.release.extents, Not(IsEmpty()));
  ASSERT_THAT(report.documents, SizeIs(1));
  ASSERT_THAT(report.documents[0].tables, SizeIs(1));
  const TableReport& table = report.documents[0].tables[0];
  EXPECT_EQ(table.measure, "offences");
  EXPECT_EQ(table.row_count, 3);
  EXPECT_EQ(table.mapped_count, 2);
  EXPECT_EQ(table.unmapped_count, 1);
  EXPECT_THAT(ReasonsOf(report), Contains("UNKNOWN_LABEL"));
  EXPECT_THAT(ReasonsOf(report), Not(Contains("NEW_SOURCE")));

  const auto snapshot = publisher_->Current();
  ASSERT_THAT(snapshot->releases(), SizeIs(1));
  EXPECT_EQ(snapshot->releases()[0]->release.name, report.release.name);
}

TEST_F(IngestorTest, SameBytesAndManifestAreTheSameRelease) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report first,
                               Ingest({{"a.csv", GoodFile()}}));
  clock_.Advance(absl::Hours(1));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report second,
                               Ingest({{"a.csv", GoodFile()}}));
  EXPECT_TRUE(second.already_loaded);
  EXPECT_TRUE(second.published);
  EXPECT_EQ(second.release.name, first.release.name);
  EXPECT_EQ(second.release.load_time, first.release.load_time);
  EXPECT_EQ(ReasonsOf(second), ReasonsOf(first));
  EXPECT_EQ(second.documents[0].tables[0].unmapped_count, 1);
  EXPECT_EQ(ReleaseCount(), 1u);
}

TEST_F(IngestorTest, AReloadChangesNothingForWhatIsUnderWay) {
  namespace fs = std::filesystem;
  testing::TempDir dir;
  fs::copy(testing::BuildPath("tests/adapters/long_format"),
           dir.File("long_format"), fs::copy_options::recursive);
  LiveRegistry registry({.directories = {dir.path()},
                         .trusted_root = dir.path(),
                         .installed_directory = dir.path()},
                        &supervisor_);
  const Ingestor ingestor({.vocabulary = vocabulary_,
                           .registry = &registry,
                           .supervisor = &supervisor_,
                           .publisher = publisher_.get(),
                           .clock = &clock_});
  Ingestor::Control control;
  control.progress = [&](Stage stage, uint64_t, uint64_t) {
    if (stage != Stage::kReading || registry.Current()->entries().empty()) {
      return;
    }
    fs::remove_all(dir.File("long_format"));
    registry.Reload();
  };
  Submission submission =
      Submit({{"a.csv", absl::StrCat(kHeader, Line("Kent", "88A", "1"))},
              {"b.csv", absl::StrCat(kHeader, Line("Sussex", "88A", "2"))}});
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               ingestor.Ingest(std::move(submission), control));
  EXPECT_TRUE(report.published);
  EXPECT_EQ(report.release.observation_count, 2);
  EXPECT_THAT(registry.Current()->entries(), IsEmpty());
  EXPECT_THAT(ingestor.Ingest(Submit({{"c.csv", GoodFile()}}), {}),
              HasReason("UNKNOWN_ADAPTER"));
}

TEST_F(IngestorTest, OrderOfDocumentsMeansNothing) {
  const SentFile a = {"a.csv", absl::StrCat(kHeader, Line("Kent", "88A", "1"))};
  const SentFile b = {"b.csv",
                      absl::StrCat(kHeader, Line("Sussex", "88A", "2"))};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report first, Ingest({a, b}));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report second, Ingest({b, a}));
  EXPECT_TRUE(second.already_loaded);
  EXPECT_EQ(second.release.name, first.release.name);
  ASSERT_THAT(first.documents, SizeIs(2));
  EXPECT_EQ(first.documents[0].document, "a.csv");
}

TEST_F(IngestorTest, EverythingSaidIsPartOfTheIdentity) {
  const SentFile file = {"a.csv", GoodFile()};
  std::vector<std::string> names;
  const auto add = [&](const SentFile& sent, const ReleaseManifest& manifest) {
    const auto report = Ingest({sent}, manifest);
    ASSERT_THAT(report, IsOk());
    EXPECT_FALSE(report->already_loaded);
    EXPECT_THAT(names, Not(Contains(report->release.name)));
    names.push_back(report->release.name);
  };
  add(file, Manifest());
  ReleaseManifest manifest = Manifest();
  manifest.edition = "v2";
  add(file, manifest);
  manifest = Manifest();
  manifest.source = "other-source";
  add(file, manifest);
  manifest = Manifest();
  *manifest.publish_time += absl::Hours(1);
  add(file, manifest);
  add({"b.csv", file.bytes}, Manifest());
  add({"a.csv", file.bytes, {{"request", "FOI 1"}}}, Manifest());
  add({"a.csv", file.bytes + Line("Sussex", "71", "1")}, Manifest());
  manifest = Manifest();
  manifest.publish_time.reset();
  add(file, manifest);
  EXPECT_THAT(names.back(), HasSubstr("/releases/00000000-"));
}

// The same digests under the same names, each under the other's.
TEST_F(IngestorTest, BytesThatChangePlacesAreAnotherRelease) {
  const std::string kent = absl::StrCat(kHeader, Line("Kent", "88A", "1"));
  const std::string sussex = absl::StrCat(kHeader, Line("Sussex", "88A", "2"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report first,
                               Ingest({{"a.csv", kent}, {"b.csv", sussex}}));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report second,
                               Ingest({{"a.csv", sussex}, {"b.csv", kent}}));
  EXPECT_FALSE(second.already_loaded);
  EXPECT_NE(second.release.name, first.release.name);
  EXPECT_EQ(second.release.documents[0].sha256, base::Sha256Hex(sussex));
}

TEST_F(IngestorTest, AMediaTypeIsAHintAndNoPartOfTheIdentity) {
  std::vector<std::string> names;
  for (const char* media_type : {"text/csv", "text/plain"}) {
    const std::string bytes = GoodFile();
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    ASSERT_THAT(intake.BeginDocument("a.csv", media_type,
                                     static_cast<int64_t>(bytes.size()),
                                     base::Sha256Hex(bytes), {}, 1 << 30),
                IsOk());
    ASSERT_THAT(intake.Append(bytes), IsOk());
    COLLATE_ASSERT_OK_AND_ASSIGN(Submission submission, intake.End());
    COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                                 ingestor_->Ingest(std::move(submission), {}));
    EXPECT_EQ(report.already_loaded, !names.empty());
    names.push_back(report.release.name);
  }
  EXPECT_EQ(names[0], names[1]);
}

// ---- Made-up figures --------------------------------------------------------

TEST_F(IngestorTest, SyntheticAndRealNeverShareAStore) {
  const SentFile file = {"a.csv", GoodFile()};
  for (const bool first_synthetic : {false, true}) {
    ReleaseManifest first = Manifest();
    first.synthetic = first_synthetic;
    first.edition = first_synthetic ? "made up" : "real";
    COLLATE_ASSERT_OK_AND_ASSIGN(const Report kept, Ingest({file}, first));
    ReleaseManifest second = Manifest();
    second.synthetic = !first_synthetic;
    for (const bool dry_run : {true, false}) {
      Ingestor::Control control;
      control.dry_run = dry_run;
      const auto report = ingestor_->Ingest(Submit({file}, second), control);
      EXPECT_THAT(report, StatusIs(absl::StatusCode::kFailedPrecondition));
      EXPECT_THAT(report, HasReason("SYNTHETIC_MIXED"));
      EXPECT_THAT(report, MessageHas("a data directory of its own"));
      EXPECT_THAT(report, MessageHas(kept.release.name));
    }
    // What is withdrawn is in no answer any more.
    ASSERT_THAT(publisher_->Withdraw(kept.release.name, "test"), IsOk());
  }
}

TEST_F(IngestorTest, ReleasePublishedMeanwhileIsNotMixedWith) {
  ReleaseManifest synthetic = Manifest();
  synthetic.synthetic = true;
  bool sent = false;
  Ingestor::Control control;
  control.progress = [&](Stage stage, uint64_t, uint64_t) {
    if (stage != Stage::kPublishing || sent) return;
    sent = true;
    EXPECT_THAT(Ingest({{"a.csv", GoodFile()}}, synthetic), IsOk());
  };
  EXPECT_THAT(ingestor_->Ingest(Submit({{"a.csv", GoodFile()}}), control),
              HasReason("SYNTHETIC_MIXED"));
  EXPECT_TRUE(sent);
  EXPECT_EQ(ReleaseCount(), 1u);
}

TEST_F(IngestorTest, AdapterFoundByLookingIsTheSameReleaseAsItsName) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report named,
                               Ingest({{"a.csv", GoodFile()}}));
  ReleaseManifest manifest = Manifest();
  manifest.adapter.clear();
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report found,
                               Ingest({{"a.csv", GoodFile()}}, manifest));
  EXPECT_TRUE(found.already_loaded);
  EXPECT_EQ(found.release.name, named.release.name);
}

TEST_F(IngestorTest, WithdrawnReleaseStaysWithdrawn) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report first,
                               Ingest({{"a.csv", GoodFile()}}));
  ASSERT_THAT(publisher_->Withdraw(first.release.name, "wrong file"), IsOk());
  const auto again = Ingest({{"a.csv", GoodFile()}});
  EXPECT_THAT(again, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(again, HasReason("RELEASE_WITHDRAWN"));
  EXPECT_THAT(again, MessageHas("wrong file"));
}

TEST_F(IngestorTest, DryRunDoesEverythingButPublish) {
  Ingestor::Control control;
  control.dry_run = true;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Report preview,
      ingestor_->Ingest(Submit({{"a.csv", GoodFile()}}), control));
  EXPECT_FALSE(preview.published);
  EXPECT_FALSE(preview.already_loaded);
  EXPECT_EQ(preview.release.observation_count, 3);
  EXPECT_EQ(ReleaseCount(), 0u);
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               Ingest({{"a.csv", GoodFile()}}));
  EXPECT_EQ(report.release.name, preview.release.name);
  EXPECT_EQ(ReasonsOf(report), ReasonsOf(preview));
}

TEST_F(IngestorTest, SuggestionsAreAskedOfTheAdapterAndOfNothingElse) {
  Ingestor::Control control;
  control.dry_run = true;
  control.suggest = true;
  // Loaded already or not, it is the adapter that answers; this one has nothing
  // to suggest.
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               Ingest({{"a.csv", GoodFile()}}));
  const auto refused =
      ingestor_->Ingest(Submit({{"a.csv", GoodFile()}}), control);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(refused, HasReason("DOCUMENT_REFUSED"));
  EXPECT_EQ(ReleaseCount(), 1u);
}

TEST_F(IngestorTest, NewSourceIsMadeAndTold) {
  ReleaseManifest manifest = Manifest();
  manifest.source = "county-council";
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               Ingest({{"a.csv", GoodFile()}}, manifest));
  EXPECT_THAT(ReasonsOf(report), Contains("NEW_SOURCE"));
  EXPECT_THAT(publisher_->Current()->sources(), ElementsAre("county-council"));
  manifest.edition = "2";
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report second,
                               Ingest({{"a.csv", GoodFile()}}, manifest));
  EXPECT_THAT(ReasonsOf(second), Not(Contains("NEW_SOURCE")));
}

TEST_F(IngestorTest, SourceThatKeepsDigestsKeepsNoBytes) {
  ReleaseManifest manifest = Manifest();
  manifest.source = "digest-only";
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report,
                               Ingest({{"a.csv", GoodFile()}}, manifest));
  EXPECT_FALSE(report.release.documents[0].retained);
}

// ---- Refusals --------------------------------------------------------------

TEST_F(IngestorTest, RefusedTableLeavesTheOthersPublished) {
  const std::string file =
      absl::StrCat(GoodFile(), Line("Atlantis", "88A", "1", "bad"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const Report report, Ingest({{"a.csv", file}}));
  EXPECT_TRUE(report.published);
  EXPECT_EQ(report.release.observation_count, 3);
  ASSERT_THAT(report.documents[0].tables, SizeIs(2));
  EXPECT_FALSE(report.documents[0].tables[0].refused);
  EXPECT_TRUE(report.documents[0].tables[1].refused);
  EXPECT_EQ(report.documents[0].tables[1].row_count, 1);
  EXPECT_EQ(report.diagnostics[0].reason, "UNKNOWN_REPORTER");
  EXPECT_EQ(report.diagnostics[0].severity, Severity::kError);
  EXPECT_THAT(report.diagnostics[0].locator, HasSubstr("a.csv:L5"));
}

TEST_F(IngestorTest, NothingKeptPublishesNothingAndSaysWhy) {
  const std::string file =
      absl::StrCat(kHeader, Line("Kemt", "88A", "1"), Line("Kent", "71", "2"));
  const auto report = Ingest({{"a.csv", file}});
  EXPECT_THAT(report, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(report, HasReason("UNKNOWN_REPORTER"));
  EXPECT_THAT(report, MessageHas("Kemt"));
  EXPECT_THAT(report, MessageHas("a.csv:L2"));
  EXPECT_THAT(report, MessageHas("did you mean kent"));
  const auto metadata = MetadataOf(report.status());
  EXPECT_EQ(metadata.at("outcome"), "NOTHING_KEPT");
  EXPECT_EQ(metadata.at("error_count"), "1");
  EXPECT_THAT(metadata.at("locator"), HasSubstr("a.csv:L2"));
  EXPECT_EQ(ReleaseCount(), 0u);
}

TEST_F(IngestorTest, ErrorsThatDoNotFitAreCounted) {
  std::string file = kHeader;
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&file, Line(absl::StrCat("Nobody ", i), "88A", "1"));
  }
  const auto report = Ingest({{"a.csv", file}});
  ASSERT_THAT(report, HasReason("UNKNOWN_REPORTER"));
  const auto metadata = MetadataOf(report.status());
  EXPECT_LT(metadata.at("errors").size(), 3000u);
  EXPECT_THAT(metadata, Contains(::testing::Key("errors_not_listed")));
  EXPECT_LE(report.status().message().size(), 1100u);
}

TEST_F(IngestorTest, DocumentThatTheAdapterRefusesFailsTheWhole) {
  const std::string bad = absl::StrCat(kHeader, Line("Kent", "88A", "many"));
  const auto report = Ingest({{"a.csv", GoodFile()}, {"b.csv", bad}});
  EXPECT_THAT(report, HasReason("DOCUMENT_REFUSED"));
  EXPECT_THAT(report, MessageHas("b.csv"));
  const auto metadata = MetadataOf(report.status());
  EXPECT_EQ(metadata.at("document"), "b.csv");
  EXPECT_EQ(metadata.at("adapter"), "long_format");
  EXPECT_THAT(metadata.at("adapter_reason"), Not(IsEmpty()));
  EXPECT_EQ(ReleaseCount(), 0u);
}

TEST_F(IngestorTest, ConflictBetweenDocumentsRefusesBoth) {
  const SentFile a = {"a.csv", absl::StrCat(kHeader, Line("Kent", "88A", "1",
                                                          "t", "CONFLICT"))};
  const SentFile b = {"b.csv", absl::StrCat(kHeader, Line("Kent", "88A", "2",
                                                          "t", "CONFLICT"))};
  const auto report = Ingest({a, b});
  EXPECT_THAT(report, HasReason("CONFLICTING_KEY"));
  EXPECT_THAT(report, MessageHas("a.csv:L2"));
  EXPECT_THAT(report, MessageHas("b.csv:L2"));
}

TEST_F(IngestorTest, UnknownAdapterHasNearMatches) {
  ReleaseManifest manifest = Manifest();
  manifest.adapter = "long_fromat";
  const auto report = Ingest({{"a.csv", GoodFile()}}, manifest);
  EXPECT_THAT(report, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(report, HasReason("UNKNOWN_ADAPTER"));
  EXPECT_THAT(report, MessageHas("did you mean long_format"));
}

TEST_F(IngestorTest, DocumentThatNobodyReadsIsRefused) {
  ReleaseManifest manifest = Manifest();
  manifest.adapter.clear();
  EXPECT_THAT(Ingest({{"a.csv", "x,y\n1,2\n"}}, manifest),
              HasReason("NO_ADAPTER"));
}

TEST_F(IngestorTest, DocumentsOfTwoAdaptersAreTwoReleases) {
  ReleaseManifest manifest = Manifest();
  manifest.adapter.clear();
  const SentFile police = {
      "b.csv",
      "Financial Year,Financial Quarter,Force Name,Offence "
      "Description,Offence Group,Offence Subgroup,Offence "
      "Code,Number of Offences\n2017/18,1,Kent,x,y,z,88A,1\n"};
  const auto report = Ingest({{"a.csv", GoodFile()}, police}, manifest);
  EXPECT_THAT(report, HasReason("AMBIGUOUS_ADAPTER"));
  EXPECT_THAT(report, MessageHas("police_returns"));
}

TEST_F(IngestorTest, UnknownOptionIsRefused) {
  ReleaseManifest manifest = Manifest();
  manifest.options = {{"colour", "red"}};
  EXPECT_THAT(Ingest({{"a.csv", GoodFile()}}, manifest),
              HasReason("UNKNOWN_OPTION"));
}

// ---- Publishing ------------------------------------------------------------

// Two callers send the same at once: both see that it is not there yet, and
// one of them publishes first.
TEST_F(IngestorTest, FasterTwinIsTheSameRelease) {
  std::string twin;
  Ingestor::Control control;
  control.progress = [&](Stage stage, uint64_t, uint64_t) {
    if (stage != Stage::kPublishing || !twin.empty()) return;
    const auto report = Ingest({{"a.csv", GoodFile()}});
    ASSERT_THAT(report, IsOk());
    EXPECT_FALSE(report->already_loaded);
    twin = report->release.name;
  };
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const Report report,
      ingestor_->Ingest(Submit({{"a.csv", GoodFile()}}), control));
  EXPECT_TRUE(report.already_loaded);
  EXPECT_EQ(report.release.name, twin);
  EXPECT_EQ(ReleaseCount(), 1u);
}

TEST_F(IngestorTest, StoreErrorIsPassedOn) {
  store_.fail = base::Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                            "the disk is full");
  const auto report = Ingest({{"a.csv", GoodFile()}});
  EXPECT_THAT(report, HasReason("DISK_FULL"));
  EXPECT_EQ(ReleaseCount(), 0u);
}

TEST_F(IngestorTest, ProgressGoesThroughTheStagesInOrder) {
  std::vector<Stage> stages;
  Ingestor::Control control;
  control.progress = [&](Stage stage, uint64_t done, uint64_t total) {
    EXPECT_LE(done, total);
    if (stages.empty() || stages.back() != stage) stages.push_back(stage);
  };
  const std::string other =
      absl::StrCat(kHeader, Line("Sussex", "71", "2", "u"));
  ASSERT_THAT(ingestor_->Ingest(
                  Submit({{"a.csv", GoodFile()}, {"b.csv", other}}), control),
              IsOk());
  EXPECT_THAT(stages, ElementsAre(Stage::kReading, Stage::kMapping,
                                  Stage::kChecking, Stage::kPublishing));
}

TEST_F(IngestorTest, CancelledIngestionPublishesNothing) {
  for (const Stage last : {Stage::kReading, Stage::kMapping, Stage::kChecking,
                           Stage::kPublishing}) {
    bool cancelled = false;
    Ingestor::Control control;
    control.progress = [&](Stage stage, uint64_t, uint64_t) {
      cancelled |= stage == last;
    };
    control.cancelled = [&] { return cancelled; };
    const auto report =
        ingestor_->Ingest(Submit({{"a.csv", GoodFile()}}), control);
    EXPECT_THAT(report, StatusIs(absl::StatusCode::kCancelled));
    EXPECT_EQ(ReleaseCount(), 0u);
  }
}

TEST_F(IngestorTest, EmptySubmissionIsRefused) {
  Submission submission;
  submission.manifest = Manifest();
  EXPECT_THAT(ingestor_->Ingest(std::move(submission), {}),
              HasReason("NO_DOCUMENTS"));
}

}  // namespace
}  // namespace collate::ingest
