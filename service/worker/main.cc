// collate-worker: reads one document with one adapter, and ends.
//
// Started by collated, never by hand: a job comes on descriptor 3, frames go
// out on descriptor 4, the document and the adapter's resources are further
// descriptors (protos/collate/worker/v1/worker.proto).

#include <cstdio>

#include "service/worker/process.h"

int main() {
  if (!collate::worker::StartedBySupervisor()) {
    std::fputs(
        "collate-worker reads one document for collated, which starts it; "
        "there is nothing to do by hand (to try an adapter: "
        "collate-adapter-check, or collate ingest --dry-run).\n",
        stderr);
    return 2;
  }
  collate::worker::RunProcess();
}
