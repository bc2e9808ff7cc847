// Any bytes as a dump: the counting ends in success or in a named refusal,
// every loss lies within the document, no record is both counted and lost, and
// all instruction sets count the same.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/source.h"
#include "plugins/transparency_report/dsa_statements/statements.h"
#include "tests/fuzz/require.h"

namespace {

using collate::fuzz::Require;
namespace dsa = collate::transparency_report::dsa;

struct Outcome {
  std::string reason;
  uint64_t counted = 0;
  uint64_t lost = 0;
  uint64_t twice = 0;
  std::map<std::vector<std::string>, uint64_t> statements;

  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.reason == b.reason && a.counted == b.counted && a.lost == b.lost &&
           a.twice == b.twice && a.statements == b.statements;
  }
};

Outcome Count(std::string_view bytes, dsa::Isa isa) {
  collate::tabular::MemorySource source(bytes);
  dsa::Counter counter(isa, 1000);
  dsa::Losses losses;
  dsa::ReadTotals totals;
  dsa::ReadOptions options;
  options.isa = isa;
  options.limits = {.csv_bytes = 16 << 20,
                    .archive_bytes = 16 << 20,
                    .entries = 50,
                    .ratio = 200,
                    .ratio_floor_bytes = 1 << 20};
  const collate::tabular::Status status =
      dsa::ReadStatements(source, options, counter, losses, &totals);
  Outcome outcome;
  if (!status.ok()) {
    outcome.reason = status.error().reason;
    Require(!outcome.reason.empty(), "a named refusal");
    return outcome;
  }
  outcome.counted = counter.counted();
  outcome.lost = losses.records_lost;
  outcome.twice = losses.records_twice;
  uint64_t sum = 0;
  counter.ForEach(dsa::Output::kStatements, [&](const dsa::CellLabels& cell,
                                                uint64_t count) {
    std::vector<std::string> key;
    for (size_t axis = 0; axis < cell.size(); ++axis) {
      key.push_back(
          counter.labels(static_cast<dsa::Axis>(axis)).text(cell[axis]));
    }
    outcome.statements[key] += count;
    sum += count;
  });
  Require(sum == outcome.counted, "each record is in one cell");
  const bool plain = totals.parts == 1 && bytes.substr(0, 2) != "PK";
  uint64_t end = 0;
  for (const dsa::Loss& loss : losses.located) {
    Require(loss.records > 0 && loss.begin <= loss.end, "a loss is something");
    if (!plain) continue;
    // A line feed may have been added at the end.
    Require(loss.begin >= end && loss.end <= bytes.size() + 1,
            "losses lie in the document, in its order");
    end = loss.end;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A header is hard to hit upon: half of the inputs get one.
  static constexpr char kHeader[] =
      "uuid,decision_visibility,decision_monetary,decision_provision,"
      "decision_account,category,category_addition,category_specification,"
      "source_type,automated_detection,automated_decision,platform_name,"
      "created_at\n";
  if (size == 0) return 0;
  std::string bytes = data[0] % 2 == 0 ? kHeader : "";
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome outcome = Count(bytes, dsa::Isa::kPortable);
  for (const dsa::Isa isa : {dsa::Isa::kAvx2, dsa::Isa::kAvx512}) {
    if (!dsa::IsSupported(isa)) continue;
    Require(Count(bytes, isa) == outcome,
            "every instruction set counts the same");
  }
  return 0;
}
