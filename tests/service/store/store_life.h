// A life of a data directory: releases published, one of them withdrawn,
// answers written down, the directory closed and opened again. It goes on
// whatever fails, and remembers what was acknowledged.
//
//   StoreLife life(directory.path(), vfs.name(), nullptr);
//   life.Live();                                  // under faults
//   life.ExpectKept(*store, *book, ...);          // nothing lost, nothing half

#ifndef COLLATE_TESTS_SERVICE_STORE_STORE_LIFE_H_
#define COLLATE_TESTS_SERVICE_STORE_STORE_LIFE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "service/store/answer_book.h"
#include "service/store/sqlite_store.h"
#include "tests/service/store/disk_log.h"
#include "tests/service/store/observations_testing.h"

namespace collate::store {

KeptAnswer MakeAnswer(int number);

class StoreLife {
 public:
  // `log` may be null. When `large`, one document is more than a block.
  StoreLife(std::string directory, std::string vfs, DiskLog* log, bool large);
  ~StoreLife();

  // Does everything, once more at once where it failed. Every failure has to
  // be one that storage may have.
  void Live();
  // Closes and opens the directory, does again what was not acknowledged, and
  // expects all of it to succeed.
  void Finish();
  // Closes the directory, as an orderly end does.
  void Close();

  // How many calls failed.
  int failures() const { return failures_; }
  Store* store() { return store_.get(); }
  AnswerBook* book() { return book_.get(); }

  // What has to be there once so much of the log has happened: what was
  // acknowledged by then wholly, what had not begun not at all, anything else
  // wholly or not at all. Names of answers may be lost to a power cut.
  void ExpectKept(const Store& store, const AnswerBook& book, size_t events,
                  bool power_cut) const;
  // All that ever was to be there is.
  void ExpectWhole(const Store& store, const AnswerBook& book) const;
  // What was under way when so much had happened is made again and succeeds.
  void ExpectRepeatable(Store& store, size_t events) const;

 private:
  enum class Kind { kPublish, kWithdraw, kKeep, kReopen };
  static constexpr size_t kNever = static_cast<size_t>(-1);
  struct Step {
    Kind kind;
    int number = 0;  // of the draft or answer
    size_t begun = kNever;
    size_t acknowledged = kNever;
  };
  struct Expected {
    ReleaseDraft draft;
    std::vector<std::string> rows;
  };

  size_t Now();
  bool Open();
  void Attempt(Step& step);
  absl::Status Do(const Step& step);
  // Fails the test unless it is what a failing disk leads to.
  void ExpectStorageError(const absl::Status& status);
  const Step& StepOf(Kind kind, int number) const;
  void ExpectRelease(const Store& store, const Expected& expected,
                     size_t events) const;

  const std::string directory_;
  const std::string vfs_;
  DiskLog* const log_;
  std::vector<Expected> releases_;
  std::vector<Step> steps_;
  size_t ticks_ = 0;
  int failures_ = 0;
  absl::Status last_failure_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<AnswerBook> book_;
};

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_STORE_LIFE_H_
