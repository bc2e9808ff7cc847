// The life of a worker's process, from the job to the trailer.
//
//   int main() {
//     if (!StartedBySupervisor()) return 2;
//     RunProcess();
//   }
//
// A library of its own, which brings the sanitizers' settings of a worker: only
// programs that are workers link it.

#ifndef COLLATE_SERVICE_WORKER_PROCESS_H_
#define COLLATE_SERVICE_WORKER_PROCESS_H_

namespace collate::worker {

// Whether job and frames are where a supervisor puts them.
bool StartedBySupervisor();

// Called first in main, before there is a second thread. Ends the process.
[[noreturn]] void RunProcess();

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_PROCESS_H_
