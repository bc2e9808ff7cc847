// What may be wrong between here and a service, and what to do about it.
// Judgements alone: who asks (cli/run_doctor.h) brings what was found.
//
// Pure functions.

#ifndef COLLATE_CLIENT_DOCTOR_H_
#define COLLATE_CLIENT_DOCTOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/format.h"
#include "collate/v1/operations.pb.h"

namespace collate::client {

enum class Health : uint8_t {
  kOk,
  kWarning,  // works; look at it
  kProblem,  // something must be done
  kUnknown,  // could not be looked at
};

struct Diagnosis {
  std::string check;  // "connection"
  Health health = Health::kOk;
  std::string found;
  std::string advice;  // what to do; empty when nothing is
};

// A bearer token: whether it is one, and when it ends.
Diagnosis JudgeToken(absl::string_view token, absl::Time now);

// The client's own certificate, PEM. `what` says whose it is.
Diagnosis JudgeCertificate(absl::string_view pem, absl::string_view what,
                           absl::Time now);

// The certificate that the service shows, as it says.
Diagnosis JudgeServerCertificate(const v1::ServiceStatus& status,
                                 absl::Time now);

// `ours` is the version of this program.
Diagnosis JudgeVersion(absl::string_view ours, const v1::ServiceStatus& status);

Diagnosis JudgeAdapters(const v1::ServiceStatus& status);
Diagnosis JudgeSandbox(const v1::ServiceStatus& status);
// Checksums, releases that cannot be read, memory, and the record of calls.
std::vector<Diagnosis> JudgeData(const v1::ServiceStatus& status,
                                 absl::Time now);

// The service's clock beside ours, which was read before and after the call.
Diagnosis JudgeClock(const v1::ServiceStatus& status, absl::Time before,
                     absl::Time after);

bool AnyProblem(const std::vector<Diagnosis>& findings);

absl::StatusOr<std::string> RenderDiagnoses(
    const std::vector<Diagnosis>& findings, Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_DOCTOR_H_
