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

#include "collate/v1/ingestion.pb.h"

namespace collate::client {

class ProgressBar {
 public:
  ProgressBar(std::ostream& out, bool terminal)
      : out_(out), terminal_(terminal) {}

  void Show(const v1::Progress& progress);
  void Clear();

 private:
  std::ostream& out_;
  const bool terminal_;
  std::string shown_;
};

// "reading   [#####     ]  50%", or the count when the total is unknown.
std::string ProgressText(const v1::Progress& progress);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_PROGRESS_H_
