// What `doctor` does: looks, and says what it found.

#ifndef COLLATE_CLIENT_CLI_RUN_DOCTOR_H_
#define COLLATE_CLIENT_CLI_RUN_DOCTOR_H_

#include <vector>

#include "client/cli/command_line.h"
#include "client/client.h"
#include "client/doctor.h"

namespace collate::client {

// `client` is null where none could be made, and `problem` says why.
std::vector<Diagnosis> Examine(const DoctorCommand& command,
                               const ClientOptions& options, Client* client,
                               const absl::Status& problem);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RUN_DOCTOR_H_
