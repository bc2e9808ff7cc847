// A progress bar on a terminal.
//
//   ProgressBar bar(std::cerr, isatty(STDERR_FILENO));
//   bar.Show(progress);
//   bar.Clear();
//
// Says nothing when there is no terminal, so that logs stay readable. Not
// thread-safe.

#ifndef COLLATE_CLIENT_CLI_PROGRESS_H_
#define COLLATE_CLIENT_CLI_PROGRESS_H_

#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "collate/v1/ingestion.pb.h"
#include "collate/v1/operations.pb.h"

namespace collate::client {

class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool terminal)
      : out_(out), terminal_(terminal) {}

  void Show(const v1::Progress& progress);
  // Of many ingestions: `done` of `total` are over, the next is `name`.
  void Show(size_t done, size_t total, absl::string_view name);
  void Show(const v1::StoreCheck& progress);
  void Clear();

 private:
  void Write(const std::string& text);

  std::ostream& out_;
  const bool terminal_;
  std::string shown_;
};

// "reading   [#####     ]  50%", or the count when the total is unknown.
std::string ProgressText(const v1::Progress& progress);

// "checking   1,234 releases, 56 documents, 7 answers"
std::string CheckProgressText(const v1::StoreCheck& progress);

// "3 of 45    [##        ]   6%  kent.answer.textproto"
std::string FolderProgressText(size_t done, size_t total,
                               absl::string_view name);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_PROGRESS_H_
