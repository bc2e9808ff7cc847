// The host functions that an adapter calls: checks everything that comes in
// against the rules of plugins/sdk/adapter.h, and packs it into frames.
//
// The first breach ends the reading: from then on every function returns its
// code, and Finish() tells it. One thread, the one that made the Host; a call
// from another is a breach. Borrows the writer.

#ifndef COLLATE_SERVICE_WORKER_HOST_H_
#define COLLATE_SERVICE_WORKER_HOST_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collate/worker/v1/worker.pb.h"
#include "plugins/sdk/adapter.h"
#include "service/worker/frame_writer.h"

namespace collate::worker {

class Host {
 public:
  struct Options {
    uint64_t max_rows = 0;  // 0 = any number
    bool tables_allowed = true;
    // From this call on, counted from 1, the adapter is asked to stop; 0 =
    // never. A check of the adapter's manners.
    uint64_t stop_at_call = 0;
  };

  Host(FrameWriter* writer, const Options& options);

  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Lives as long as the Host.
  const collate_host* table() const { return &table_; }

  // Sends what is kept back. An error is the first breach or failure, with
  // its reason: ADAPTER_PROTOCOL_ERROR, ADAPTER_OUTPUT_LIMIT,
  // ADAPTER_OUT_OF_MEMORY, or none when the service is gone.
  absl::Status Finish();

  uint64_t row_count() const { return row_count_; }
  // Whether the adapter was asked to stop, and how often it called after that.
  bool stopped() const { return stopped_; }
  uint64_t calls_after_stop() const { return calls_after_stop_; }

 private:
  static int32_t BeginTable(void* ctx, const collate_table* table,
                            uint64_t* handle) noexcept;
  static int32_t Emit(void* ctx, const collate_observation* const* rows,
                      size_t n) noexcept;
  static int32_t Diagnose(void* ctx,
                          const collate_diagnostic* diagnostic) noexcept;
  static int32_t Account(void* ctx, collate_str what, uint64_t n) noexcept;
  static int32_t Attach(void* ctx, collate_str name, collate_str media_type,
                        const void* content, size_t size) noexcept;
  static int32_t Progress(void* ctx, uint64_t done, uint64_t total) noexcept;

  // Runs `body` as one host call: thread, earlier breach, stop, exceptions.
  template <typename Body>
  int32_t Call(const char* function, Body body) noexcept;
  template <typename Body>
  int32_t Run(const char* function, Body body) noexcept;

  absl::Status AddTable(const collate_table* table, uint64_t* handle);
  absl::Status AddRow(const collate_observation* row);
  absl::Status AddDiagnostic(const collate_diagnostic* diagnostic);
  absl::Status AddAttachment(collate_str name, collate_str media_type,
                             const void* content, size_t size);
  absl::Status AddLocator(const collate_locator& locator, const char* what,
                          collate_locator* previous, v1::Locators* out);
  // Puts a text into the dictionary, once.
  absl::StatusOr<uint32_t> Intern(const collate_str& text, const char* what);
  absl::Status FlushStrings();
  absl::Status FlushRows();

  FrameWriter* const writer_;
  const Options options_;
  const std::thread::id thread_;
  collate_host table_ = {};
  absl::Status status_;
  std::atomic<bool> foreign_thread_{false};
  uint64_t call_count_ = 0;
  bool stopped_ = false;
  uint64_t calls_after_stop_ = 0;

  absl::flat_hash_set<std::string> table_ids_;
  uint64_t table_count_ = 0;
  uint64_t row_count_ = 0;
  absl::flat_hash_map<std::string, uint32_t> dictionary_;
  size_t dictionary_bytes_ = 0;
  v1::Frame strings_;  // kept back, as are rows_
  size_t strings_bytes_ = 0;
  v1::Frame rows_;
  size_t rows_bytes_ = 0;  // at most this, once serialised
  collate_locator last_locator_ = {};
  collate_locator last_header_ = {};
  std::map<std::string, uint64_t> accounts_;
  std::chrono::steady_clock::time_point last_progress_;
};

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_HOST_H_
