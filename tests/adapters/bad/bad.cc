// Adapters that misbehave, each in one way; see CMakeLists.txt for the list.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "plugins/sdk/adapter.hpp"

namespace {

using collate::sdk::Aggregation;
using collate::sdk::Code;
using collate::sdk::Description;
using collate::sdk::Document;
using collate::sdk::File;
using collate::sdk::Floor;
using collate::sdk::Host;
using collate::sdk::Observation;
using collate::sdk::Partition;
using collate::sdk::PeriodKind;
using collate::sdk::Repeats;
using collate::sdk::Severity;
using collate::sdk::State;
using collate::sdk::Status;
using collate::sdk::Table;

// What bad_kind.c.in gives each of them.
extern "C" {
extern const char bad_kind[];
extern void (*const bad_unresolved)();
}

// Before anything else of the library is initialised.
__attribute__((constructor)) void LeaveEarly() {
  if (std::strcmp(bad_kind, "constructor_exits") == 0) _exit(0);
}

const std::string_view kKind = bad_kind;

Description Describe() {
  return {.id = "bad_" + std::string(kKind),
          .version = kKind == "lies" ? "9.9.9" : "1.0.0",
          .title = "Misbehaves: " + std::string(kKind),
          .families = {{"only", "Files that are called like the adapter"}}};
}

Table GoodTable() {
  return {.id = "t1",
          .title = "Things",
          .measure = "things",
          .unit = "things",
          .aggregation = Aggregation::kSum,
          .repeats = Repeats::kError,
          .partition = Partition::kComplete,
          .floor = Floor::kZero,
          .extent = {{"universe", "all"}, {"period", "2017/18"}},
          .locator = {.row = 1, .line = 1}};
}

Observation GoodRow(uint64_t table, int64_t n) {
  Observation row;
  row.table = table;
  row.reporter = "Reporter " + std::to_string(n % 7);
  row.period = {*collate::sdk::DayNumber(2017, 4, 1),
                *collate::sdk::DayNumber(2018, 4, 1),
                PeriodKind::kFinancialYear, "2017/18"};
  row.state = State::kReported;
  row.dimensions = {{"platform", "Platform"}, {"offence", "88A"}};
  row.value = collate::sdk::Decimal{n, 0};
  row.raw = std::to_string(n);
  row.notes = {"a note"};
  row.locator.row = static_cast<uint32_t>(n + 2);
  row.locator.column = 3;
  row.locator.line = static_cast<uint64_t>(n + 2);
  row.headers = {{.row = 1, .column = 3, .line = 1}};
  return row;
}

// Everything that an adapter may do, in its proper form.
Status ReadWell(Host& host, const Document& document) {
  std::string bytes;
  COLLATE_SDK_RETURN_IF_ERROR(document.file().ReadAll(1 << 20, &bytes));
  uint64_t table = 0;
  COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(GoodTable(), &table));
  const int64_t count =
      std::atoll(std::string(document.Option("rows").value_or("")).c_str());
  for (int64_t n = 0; n < count; ++n) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Emit(GoodRow(table, n)));
    if (n % 100 == 0) {
      COLLATE_SDK_RETURN_IF_ERROR(host.Progress(static_cast<uint64_t>(n),
                                                static_cast<uint64_t>(count)));
    }
  }
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Account("rows_read", static_cast<uint64_t>(count)));
  std::string resources;
  for (const File& file : document.Resources()) {
    std::string content;
    COLLATE_SDK_RETURN_IF_ERROR(file.ReadAll(1 << 20, &content));
    resources += std::string(file.name()) + "=" + content;
  }
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Diagnose({.severity = Severity::kInfo,
                     .reason = "READ_WELL",
                     .message = "nothing is wrong",
                     .locator = {.part = "p", .sheet = "s", .row = 4}}));
  std::string told = "bytes=" + bytes + "\nresources=" + resources;
  for (const std::string_view value : document.ManifestAll("who")) {
    told += "\nwho=" + std::string(value);
  }
  told += "\nmax_cells=" + std::to_string(document.max_cells());
  told += "\necho=" + std::string(document.Option("echo").value_or("(unset)"));
  COLLATE_SDK_RETURN_IF_ERROR(host.Attach("told.txt", "text/plain", told));
  return host.Attach("large.bin", "application/octet-stream",
                     std::string(3 << 20, 'x'));
}

[[noreturn]] void Sleep() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

Status Read(Host& host, const Document& document) {
  if (kKind == "good") return ReadWell(host, document);

  // Everything else has sent a good row and a warning before it goes wrong.
  uint64_t table = 0;
  COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(GoodTable(), &table));
  COLLATE_SDK_RETURN_IF_ERROR(host.Emit(GoodRow(table, 0)));
  COLLATE_SDK_RETURN_IF_ERROR(host.Flush());
  COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose({.severity = Severity::kWarning,
                                             .reason = "ABOUT_TO_FAIL",
                                             .message = "as announced"}));
  std::fprintf(stderr, "bad_%s was here\n", bad_kind);

  if (kKind == "throws") throw std::runtime_error("thrown on purpose");
  if (kKind == "aborts") std::abort();
  if (kKind == "segfaults") raise(SIGSEGV);
  if (kKind == "hangs") Sleep();
  if (kKind == "spins") {
    for (volatile bool on = true; on;) {
    }
  }
  if (kKind == "exits") _exit(0);
  if (kKind == "allocates") {
    for (std::string hoard;;) hoard.append(16 << 20, 'x');
  }
  if (kKind == "floods") {
    for (int64_t n = 1;; ++n) {
      COLLATE_SDK_RETURN_IF_ERROR(host.Emit(GoodRow(table, n)));
    }
  }
  if (kKind == "floods_stderr") {
    const std::string line(1000, '!');
    while (true) std::fprintf(stderr, "%s\n", line.c_str());
  }
  if (kKind == "bad_enum") {
    Observation row = GoodRow(table, 1);
    row.state = static_cast<State>(99);
    COLLATE_SDK_RETURN_IF_ERROR(host.Emit(std::move(row)));
  }
  if (kKind == "bad_utf8") {
    Observation row = GoodRow(table, 1);
    row.raw = "caf\xe9";
    COLLATE_SDK_RETURN_IF_ERROR(host.Emit(std::move(row)));
  }
  if (kKind == "refuses") {
    return host.Refuse({.code = Code::kInvalidArgument,
                        .reason = "UNKNOWN_MARKER",
                        .message = "a marker that nobody declared",
                        .expected = "a number",
                        .found = "~",
                        .locator = {.row = 12, .column = 4, .line = 13}});
  }
  if (kKind == "closes_output") {
    for (int fd = 0; fd < 64; ++fd) close(fd);
    Sleep();
  }
  if (kKind == "leaves_child") {
    if (fork() == 0) Sleep();
    _exit(0);
  }
  if (kKind == "garbage") {
    const std::string garbage(4096, '\x55');
    if (write(4, garbage.data(), garbage.size()) < 0) std::abort();
  }
  if (kKind == "goes_on") {
    Observation row = GoodRow(table + 7, 1);  // a table that is none
    (void)host.Emit(std::move(row));
    (void)host.Flush();
    return collate::sdk::OkStatus();  // as if nothing had happened
  }
  if (kKind == "foreign_thread") {
    std::thread([&] { (void)host.Account("rows_read", 1); }).join();
  }
  if (bad_unresolved != nullptr) bad_unresolved();
  return collate::sdk::OkStatus();
}

int32_t ThrowAcross(const collate_host*, const collate_document*,
                    collate_error*) {
  throw std::runtime_error("thrown across");
}

}  // namespace

// By hand, since COLLATE_ADAPTER makes none of these mistakes.
extern "C" COLLATE_ADAPTER_EXPORT const collate_adapter* collate_adapter_v1() {
  static collate_adapter table =
      *collate::sdk::internal::Export<Read>(Describe);
  if (kKind == "null_table") return nullptr;
  if (kKind == "wrong_major") table.abi_major = COLLATE_ABI_MAJOR + 1;
  if (kKind == "throws_across") table.read = &ThrowAcross;
  return &table;
}
