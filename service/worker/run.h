// One job from beginning to end, in this process.
//
// Called once, from main.

#ifndef COLLATE_SERVICE_WORKER_RUN_H_
#define COLLATE_SERVICE_WORKER_RUN_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collate/worker/v1/worker.pb.h"
#include "plugins/sdk/adapter.h"
#include "service/worker/frame_writer.h"

namespace collate::worker {

// Reads the Job frame from the beginning of a file.
absl::StatusOr<v1::Job> ReadJob(int fd);

// Hands the job's document to a loaded adapter and gives the trailer that
// tells how it ended. Whatever the adapter throws stays here.
v1::Trailer RunAdapter(const v1::Job& job, const collate_adapter& adapter,
                       FrameWriter* writer);

// The trailer of a job that ended before the adapter could run, or that the
// worker stopped.
v1::Trailer TrailerOf(const absl::Status& status);

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_RUN_H_
