#include "tests/service/store/store_life.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "tests/service/store/expect_release.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {
namespace {

using ::collate::testing::IsOk;

constexpr int kWithdrawn = 0;
constexpr char kWhyWithdrawn[] = "a wrong file";

}  // namespace

KeptAnswer MakeAnswer(int number) {
  KeptAnswer answer;
  answer.digest = base::Sha256Hex(absl::StrCat("answer ", number));
  answer.question =
      std::string("question\0with any bytes ", 24) + std::to_string(number);
  answer.releases =
      std::make_shared<const std::vector<std::pair<std::string, ReleaseState>>>(
          std::vector<std::pair<std::string, ReleaseState>>{
              {"sources/a/releases/1", ReleaseState::kPublished},
              {"sources/a/releases/2", ReleaseState::kWithdrawn}});
  answer.vocabulary_sha256 = "v";
  answer.semantics = 1;
  answer.day = -3;
  answer.first_given = absl::FromUnixMicros(1'700'000'000'123'456);
  return answer;
}

StoreLife::StoreLife(std::string directory, std::string vfs, DiskLog* log,
                     bool large)
    : directory_(std::move(directory)), vfs_(std::move(vfs)), log_(log) {
  std::vector<ReleaseDraft> drafts = {
      MakeDraft("police", 1, 20, 3000), MakeDraft("police", 2, 60, 30000),
      MakeDraft("stories", 3, 40, 3000),
      MakeDraft("police", 4, 40, large ? 1200000 : 60000),
      MakeDraft("stories", 5, 20, 3000)};
  // Two releases of one document.
  drafts[2].release.documents = drafts[1].release.documents;
  drafts[2].contents = drafts[1].contents;
  for (ReleaseDraft& draft : drafts) {
    std::vector<std::string> rows = SortedRows(draft.observations);
    releases_.push_back({std::move(draft), std::move(rows)});
  }
  steps_ = {{Kind::kPublish, 0}, {Kind::kKeep, 0},
            {Kind::kPublish, 1}, {Kind::kWithdraw, kWithdrawn},
            {Kind::kPublish, 2}, {Kind::kKeep, 1},
            {Kind::kReopen},     {Kind::kPublish, 3},
            {Kind::kKeep, 2},    {Kind::kPublish, 4},
            {Kind::kReopen}};
}

StoreLife::~StoreLife() = default;

size_t StoreLife::Now() { return log_ != nullptr ? log_->size() : ++ticks_; }

void StoreLife::Close() {
  book_.reset();
  store_.reset();
}

bool StoreLife::Open() {
  if (store_ == nullptr) {
    SqliteStoreOptions options;
    options.vfs = vfs_;
    absl::StatusOr<std::unique_ptr<Store>> store =
        OpenDataDirectory(directory_, options);
    if (!store.ok()) {
      ExpectStorageError(store.status());
      return false;
    }
    store_ = *std::move(store);
  }
  if (book_ == nullptr) {
    AnswerBookOptions options;
    options.vfs = vfs_;
    absl::StatusOr<std::unique_ptr<AnswerBook>> book =
        OpenAnswerBook(directory_, options);
    if (!book.ok()) {
      ExpectStorageError(book.status());
      return false;
    }
    book_ = *std::move(book);
  }
  return true;
}

void StoreLife::ExpectStorageError(const absl::Status& status) {
  ++failures_;
  last_failure_ = status;
  EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsResourceExhausted(status))
      << status;
  EXPECT_NE(base::DetailOf(status).reason, "") << status;
}

absl::Status StoreLife::Do(const Step& step) {
  switch (step.kind) {
    case Kind::kPublish: {
      const absl::Status published =
          store_->Publish(releases_[static_cast<size_t>(step.number)].draft);
      // Then an earlier attempt has succeeded.
      return absl::IsAlreadyExists(published) ? absl::OkStatus() : published;
    }
    case Kind::kWithdraw: {
      const Release& release =
          releases_[static_cast<size_t>(step.number)].draft.release;
      const absl::Status withdrawn =
          store_->Withdraw(release.name, kWhyWithdrawn);
      // Nothing to withdraw when it could not be published.
      return absl::IsNotFound(withdrawn) &&
                     StepOf(Kind::kPublish, step.number).acknowledged == kNever
                 ? absl::UnavailableError("not yet published")
                 : withdrawn;
    }
    case Kind::kKeep:
      return book_->Keep(MakeAnswer(step.number));
    case Kind::kReopen:
      Close();
      break;
  }
  return absl::OkStatus();
}

void StoreLife::Attempt(Step& step) {
  if (step.acknowledged != kNever || !Open()) return;
  if (step.begun == kNever) step.begun = Now();
  const absl::Status done = Do(step);
  if (done.ok()) {
    step.acknowledged = Now();
  } else if (base::DetailOf(done).reason != "") {
    ExpectStorageError(done);
  } else {
    EXPECT_EQ(done.message(), "not yet published");
  }
}

void StoreLife::Live() {
  for (Step& step : steps_) {
    Attempt(step);
    // Whoever is refused tries again, and what is told then holds.
    Attempt(step);
  }
  Close();
}

void StoreLife::Finish() {
  Close();
  const int before = failures_;
  ASSERT_TRUE(Open()) << last_failure_;
  for (Step& step : steps_) {
    if (step.kind == Kind::kReopen) continue;
    Attempt(step);
    ASSERT_NE(step.acknowledged, kNever) << last_failure_;
  }
  EXPECT_EQ(failures_, before) << last_failure_;
}

const StoreLife::Step& StoreLife::StepOf(Kind kind, int number) const {
  for (const Step& step : steps_) {
    if (step.kind == kind && step.number == number) return step;
  }
  ADD_FAILURE() << "no such step";
  return steps_[0];
}

void StoreLife::ExpectRelease(const Store& store, const Expected& expected,
                              size_t events) const {
  const int number = static_cast<int>(&expected - releases_.data());
  const Step& step = StepOf(Kind::kPublish, number);
  const std::string& name = expected.draft.release.name;
  const absl::StatusOr<Release> found = store.GetRelease(name);
  if (absl::IsNotFound(found.status())) {
    EXPECT_GT(step.acknowledged, events) << name << " is lost";
    EXPECT_THAT(store.ReadObservations(name),
                testing::StatusIs(absl::StatusCode::kNotFound));
    return;
  }
  ASSERT_THAT(found, IsOk());
  EXPECT_LE(step.begun, events) << name << " has not even begun";
  Release release = expected.draft.release;
  if (number == kWithdrawn) {
    const Step& withdraw = StepOf(Kind::kWithdraw, number);
    const bool withdrawn = found->state == ReleaseState::kWithdrawn;
    EXPECT_TRUE(withdrawn || withdraw.acknowledged > events) << name;
    EXPECT_TRUE(!withdrawn || withdraw.begun <= events) << name;
    if (withdrawn) {
      release.state = ReleaseState::kWithdrawn;
      release.withdrawn_reason = kWhyWithdrawn;
    }
  }
  ExpectSameRelease(*found, release);
  const absl::StatusOr<std::vector<Observations>> observations =
      store.ReadObservations(name);
  ASSERT_THAT(observations, IsOk());
  EXPECT_TRUE(SortedRows(*observations) == expected.rows) << name;
  const Document& document = release.documents[0];
  const absl::StatusOr<std::string> bytes =
      store.ReadDocument(document.sha256, 0, document.byte_count);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(base::Sha256Hex(*bytes), document.sha256);
}

void StoreLife::ExpectKept(const Store& store, const AnswerBook& book,
                           size_t events, bool power_cut) const {
  CheckReport report;
  ASSERT_THAT(store.Check(nullptr, report), IsOk());
  ASSERT_THAT(book.Check(nullptr, report), IsOk());
  EXPECT_THAT(report.status(), IsOk());
  int64_t found = 0;
  for (const Expected& expected : releases_) {
    ExpectRelease(store, expected, events);
    if (store.GetRelease(expected.draft.release.name).ok()) ++found;
  }
  EXPECT_EQ(report.releases, found);
  for (int number = 0; number < 3; ++number) {
    const Step& step = StepOf(Kind::kKeep, number);
    const KeptAnswer expected = MakeAnswer(number);
    const absl::StatusOr<KeptAnswer> answer = book.Find(expected.digest);
    if (absl::IsNotFound(answer.status())) {
      EXPECT_TRUE(power_cut || step.acknowledged > events) << number;
      continue;
    }
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->question, expected.question);
    EXPECT_EQ(*answer->releases, *expected.releases);
    EXPECT_LE(step.begun, events) << number;
  }
}

void StoreLife::ExpectWhole(const Store& store, const AnswerBook& book) const {
  ExpectKept(store, book, kNever - 1, false);
  EXPECT_THAT(store.ListReleases(),
              testing::IsOkAndHolds(::testing::SizeIs(releases_.size())));
}

void StoreLife::ExpectRepeatable(Store& store, size_t events) const {
  for (const Step& step : steps_) {
    if (step.kind != Kind::kPublish || step.begun > events ||
        step.acknowledged <= events) {
      continue;
    }
    const Expected& expected = releases_[static_cast<size_t>(step.number)];
    const absl::Status again = store.Publish(expected.draft);
    EXPECT_TRUE(again.ok() || absl::IsAlreadyExists(again)) << again;
    ExpectPublished(store, expected.draft);
    EXPECT_THAT(CheckOf(store), IsOk());
  }
}

}  // namespace collate::store
