// One line of the audit log: who asked what, when, over which releases, with
// what outcome. Never a figure.

#ifndef COLLATE_SERVICE_AUDIT_RECORD_H_
#define COLLATE_SERVICE_AUDIT_RECORD_H_

#include <string>

#include "absl/time/time.h"

namespace collate::audit {

// What a record is of.
enum class Kind {
  kBegun,     // a sensitive call, before anything of it is done
  kCall,      // a call and its outcome
  kReleases,  // what an id of releases stands for
  kOpened,    // the log, by a service that starts
  kLost,      // how many records could not be written
};

struct Record {
  Kind kind = Kind::kCall;
  absl::Time time;
  std::string request_id;
  std::string principal;  // empty = nobody known
  std::string peer;
  std::string method;    // "/collate.v1.StatisticsService/QueryStatistics"
  std::string question;  // what was asked, as JSON; empty where the answer's
                         // name says it
  std::string answer;    // name of the answer, or of the release
  std::string releases;  // id of those that were looked at
  std::string code;      // canonical, "OK"
  std::string reason;    // of an error
  // Of kReleases: names, one a line; of kLost: the count.
  std::string detail;
};

}  // namespace collate::audit

#endif  // COLLATE_SERVICE_AUDIT_RECORD_H_
