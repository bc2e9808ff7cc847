#include "plugins/conformance/suite.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "plugins/conformance/difference.h"
#include "plugins/conformance/places.h"
#include "service/base/error.h"
#include "service/ingest/cell_numbers.h"
#include "service/vocabulary/state.h"

namespace collate::conformance {
namespace {

using ingest::RawDocument;
using ingest::ReadResult;

constexpr size_t kFaultsTold = 3;
// Cut and changed copies of each fixture. Each is a process of some 10 ms.
constexpr size_t kCuts = 16;
constexpr size_t kFlips = 16;
// Host calls from which on an adapter is asked to stop.
constexpr uint64_t kStops[] = {1, 2, 3, 5, 8};

std::string ReasonOf(const absl::Status& status) {
  return base::DetailOf(status).reason;
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  for (const auto& [name, value] : base::DetailOf(status).metadata) {
    if (absl::string_view(name) == key) return value;
  }
  return "";
}

bool IsRefusal(const absl::Status& status) {
  return ReasonOf(status) == "DOCUMENT_REFUSED";
}

// Read or refused: all that an adapter may do with a document.
bool IsOrderly(const absl::Status& status) {
  return status.ok() || IsRefusal(status);
}

std::string Count(size_t n, absl::string_view one, absl::string_view many) {
  return absl::StrCat(n, " ", n == 1 ? one : many);
}

// Which rule an end that is not orderly breaks.
std::string RuleOf(const std::string& reason) {
  if (reason == "ADAPTER_CRASHED") {
    return "rule 9: nothing is thrown across the boundary and no process ends";
  }
  if (reason == "ADAPTER_ENDED_EARLY") {
    return "rule 9: no exit() and no end before the document is read";
  }
  if (reason == "ADAPTER_PROTOCOL_ERROR") return "rules 2 to 8";
  if (reason == "ADAPTER_TIMEOUT" || reason == "ADAPTER_CPU_LIMIT" ||
      reason == "ADAPTER_OUT_OF_MEMORY" || reason == "ADAPTER_OUTPUT_LIMIT") {
    return "limits";
  }
  return "";
}

// Sums up one check: what was broken, or what was seen.
class Verdicts {
 public:
  explicit Verdicts(std::string name) { check_.name = std::move(name); }

  void Broken(std::string fault) {
    ++faults_;
    if (told_.size() < kFaultsTold) told_.push_back(std::move(fault));
  }
  void Broken(const std::vector<std::string>& faults) {
    for (const std::string& fault : faults) Broken(fault);
  }
  bool broken() const { return faults_ > 0; }
  size_t faults() const { return faults_; }

  Check Kept(std::string text) {
    check_.verdict = broken() ? Verdict::kBroken : Verdict::kKept;
    check_.text = broken() ? absl::StrJoin(told_, "; ") : std::move(text);
    if (faults_ > told_.size()) {
      absl::StrAppend(&check_.text, "; and ", faults_ - told_.size(), " more");
    }
    return check_;
  }
  // Unless something was broken.
  Check NotChecked(std::string text) {
    Check check = Kept(std::move(text));
    if (!broken()) check.verdict = Verdict::kNotChecked;
    return check;
  }

 private:
  Check check_;
  size_t faults_ = 0;
  std::vector<std::string> told_;
};

// A fixture and what came of it.
struct Reading {
  const Fixture* fixture;
  ReadResult result;
};

class Suite {
 public:
  Suite(const Subject& subject, const std::vector<Fixture>& fixtures)
      : subject_(subject), fixtures_(fixtures) {}

  std::vector<Check> Run() {
    CheckManifest();
    if (manifest_broken_) {
      LeaveOut("the manifest or the library's file is refused");
      return std::move(checks_);
    }
    ReadResult first = subject_.Read(fixtures_.front(), {});
    CheckLoading(first.outcome);
    if (!loads_) {
      LeaveOut("the library is not loaded");
      return std::move(checks_);
    }
    CheckChoice();
    CheckReading(std::move(first));
    if (readings_.empty()) {
      LeaveOut("no fixture comes to an orderly end");
      return std::move(checks_);
    }
    CheckDeterminism();
    CheckStates();
    CheckCitations();
    CheckLimits();
    CheckStopping();
    CheckHostileBytes();
    return std::move(checks_);
  }

 private:
  static constexpr const char* kNames[] = {
      "manifest", "library",  "abi",    "identity", "choice",
      "reading",  "repeats",  "states", "places",   "tokens",
      "limits",   "stopping", "cut",    "flipped"};

  // All checks that are still to come.
  void LeaveOut(const std::string& why) {
    for (size_t i = checks_.size(); i < std::size(kNames); ++i) {
      checks_.push_back({kNames[i], Verdict::kNotChecked, why});
    }
  }

  void CheckManifest() {
    Verdicts verdicts("manifest");
    verdicts.Broken(subject_.problems());
    manifest_broken_ = verdicts.broken();
    checks_.push_back(verdicts.Kept(
        manifest_broken_
            ? ""
            : absl::StrCat(subject_.id(), " ", subject_.entry().version, ", ",
                           Count(subject_.entry().families.size(), "family",
                                 "families"))));
  }

  void CheckLoading(const absl::Status& outcome) {
    const std::string reason = ReasonOf(outcome);
    const std::string message(outcome.message());
    const auto add = [&](const char* name, const char* fault,
                         const std::string& kept) {
      Verdicts verdicts(name);
      if (reason == fault) {
        verdicts.Broken(message);
        loads_ = false;
      }
      checks_.push_back(verdicts.Kept(kept));
    };
    add("library", "ADAPTER_NOT_LOADABLE", "loads, and exports its entry");
    if (!loads_) return;
    add("abi", "ADAPTER_ABI_MISMATCH",
        absl::StrCat("ABI ", subject_.entry().abi_major, ".",
                     subject_.entry().abi_minor));
    if (!loads_) return;
    add("identity", "ADAPTER_MANIFEST_MISMATCH",
        "the library says of itself what the manifest says");
  }

  void CheckChoice() {
    Verdicts verdicts("choice");
    std::set<std::string> families;
    for (const Fixture& fixture : fixtures_) {
      std::vector<std::string> reasons;
      bool matched = false;
      for (const ingest::SniffFinding& finding : subject_.Sniff(fixture)) {
        matched = matched || finding.matched;
        if (finding.matched) families.insert(finding.family);
        reasons.push_back(absl::StrCat(finding.family, ": ", finding.reason));
      }
      if (!matched) {
        verdicts.Broken(absl::StrCat(
            "the manifest does not choose this adapter for ", fixture.name,
            " (", absl::StrJoin(reasons, "; "), ")"));
      }
    }
    const auto& all = subject_.entry().families;
    const bool only_when_named = std::all_of(
        all.begin(), all.end(),
        [](const ingest::AdapterFamily& f) { return f.only_when_named; });
    checks_.push_back(
        only_when_named
            ? Verdicts("choice").NotChecked("its families are chosen by name")
            : verdicts.Kept(
                  absl::StrCat("families: ", absl::StrJoin(families, ", "))));
  }

  // `first` is of the first fixture.
  void CheckReading(ReadResult first) {
    Verdicts verdicts("reading");
    size_t rows = 0;
    std::vector<std::string> refused;
    for (const Fixture& fixture : fixtures_) {
      ReadResult result = &fixture == &fixtures_.front()
                              ? std::move(first)
                              : subject_.Read(fixture, {});
      const std::string reason = ReasonOf(result.outcome);
      if (!IsOrderly(result.outcome)) {
        verdicts.Broken(absl::StrCat(reason, ": ", result.outcome.message(),
                                     " (", RuleOf(reason), ")"));
        continue;
      }
      if (result.outcome.ok() && CameToNothing(result.document)) {
        verdicts.Broken(
            absl::StrCat(fixture.name,
                         ": no observation, no refusal, and no account of "
                         "documents_without_figures (rule 11)"));
        continue;
      }
      rows += result.document.observations.size();
      if (IsRefusal(result.outcome)) {
        refused.push_back(
            absl::StrCat(fixture.name, " (",
                         MetadataOf(result.outcome, "adapter_reason"), ")"));
      }
      readings_.push_back({&fixture, std::move(result)});
    }
    checks_.push_back(verdicts.Kept(absl::StrCat(
        Count(rows, "observation", "observations"), " of ",
        Count(fixtures_.size(), "document", "documents"),
        refused.empty()
            ? ""
            : absl::StrCat("; refused: ", absl::StrJoin(refused, ", ")))));
  }

  static bool CameToNothing(const RawDocument& document) {
    return document.observations.empty() &&
           std::none_of(document.accounts.begin(), document.accounts.end(),
                        [](const auto& account) {
                          return account.first == "documents_without_figures" &&
                                 account.second > 0;
                        });
  }

  void CheckDeterminism() {
    Verdicts verdicts("repeats");
    for (const Reading& reading : readings_) {
      const std::string difference =
          FirstDifference(reading.result, subject_.Read(*reading.fixture, {}));
      if (!difference.empty()) {
        verdicts.Broken(
            absl::StrCat(reading.fixture->name, ", read twice: ", difference));
      }
    }
    checks_.push_back(verdicts.Kept("a second reading says the same"));
  }

  // By the very function by which the service refuses a table.
  void CheckStates() {
    Verdicts verdicts("states");
    std::set<std::string> states;
    for (const Reading& reading : readings_) {
      const RawDocument& document = reading.result.document;
      for (size_t i = 0; i < document.observations.size(); ++i) {
        const ingest::RawObservation& row = document.observations[i];
        const ingest::RawTable& table = document.tables[row.table];
        states.emplace(std::string(vocabulary::StateName(row.state)));
        ingest::CellNumbers numbers;
        if (const auto fault =
                ingest::ReadNumbers(row, table, table.unit, &numbers)) {
          verdicts.Broken(absl::StrCat(reading.fixture->name, ", observation ",
                                       i + 1, ": ", fault->reason, ": ",
                                       fault->message));
        }
      }
    }
    checks_.push_back(
        states.empty() ? verdicts.NotChecked("no fixture gives an observation")
                       : verdicts.Kept(absl::StrJoin(states, ", ")));
  }

  void CheckCitations() {
    Verdicts places("places");
    Verdicts tokens("tokens");
    uint64_t checked = 0;
    uint64_t unchecked = 0;
    uint64_t tokens_checked = 0;
    for (const Reading& reading : readings_) {
      const Places found =
          CheckPlaces(*reading.fixture, reading.result.document);
      places.Broken(found.faults);
      tokens.Broken(found.token_faults);
      checked += found.checked;
      unchecked += found.unchecked;
      tokens_checked += found.tokens_checked;
    }
    std::string text = absl::StrCat(checked, " exist");
    if (unchecked > 0) {
      absl::StrAppend(&text, "; ", unchecked,
                      " cannot be looked up (archives, PDF, or text that is "
                      "not UTF-8)");
    }
    checks_.push_back(checked > 0 ? places.Kept(text)
                                  : places.NotChecked(text));
    const std::string kept =
        absl::StrCat(tokens_checked, " stand where they are cited");
    checks_.push_back(tokens_checked > 0 ? tokens.Kept(kept)
                                         : tokens.NotChecked(kept));
  }

  void CheckLimits() {
    Verdicts verdicts("limits");
    size_t tried = 0;
    for (const Reading& reading : readings_) {
      if (reading.result.document.observations.size() < 2) continue;
      ++tried;
      const ReadResult result =
          subject_.Read(*reading.fixture, {.max_cells = 1});
      if (!IsRefusal(result.outcome) ||
          result.outcome.code() != absl::StatusCode::kResourceExhausted) {
        verdicts.Broken(absl::StrCat(
            reading.fixture->name, ": max_cells is 1, and of ",
            reading.result.document.observations.size(), " observations ",
            result.outcome.ok()
                ? absl::StrCat(result.document.observations.size(),
                               " were handed over")
                : absl::StrCat("came ", result.outcome.ToString()),
            "; expected a refusal with RESOURCE_EXHAUSTED"));
      }
    }
    checks_.push_back(
        tried > 0 ? verdicts.Kept("max_cells refuses what is beyond")
                  : verdicts.NotChecked("no fixture gives two observations"));
  }

  void CheckStopping() {
    Verdicts verdicts("stopping");
    size_t stopped = 0;
    for (const Reading& reading : readings_) {
      for (const uint64_t call : kStops) {
        const ReadResult result =
            subject_.Read(*reading.fixture, {.stop_at_call = call});
        if (IsRefusal(result.outcome) &&
            result.outcome.code() == absl::StatusCode::kCancelled) {
          ++stopped;
        } else if (!IsOrderly(result.outcome)) {
          verdicts.Broken(absl::StrCat("told to stop at call ", call, ": ",
                                       result.outcome.message(), " (rule 8)"));
        }
      }
    }
    checks_.push_back(
        stopped > 0 ? verdicts.Kept("stops when the host says so")
                    : verdicts.NotChecked("no fixture makes a host call"));
  }

  // One verdict over changed copies of every fixture; `copies` are named by
  // what was done to them.
  template <typename Change>
  void CheckCopies(const char* name, size_t count, Change change,
                   const std::string& kept) {
    Verdicts verdicts(name);
    size_t tried = 0;
    for (const Reading& reading : readings_) {
      const std::string& bytes = reading.fixture->bytes;
      std::set<size_t> places;
      for (size_t i = 0; i <= count; ++i)
        places.insert(bytes.size() * i / count);
      for (const size_t at : places) {
        // Each may take its whole time.
        if (verdicts.faults() >= kFaultsTold) break;
        Fixture copy = *reading.fixture;
        const std::string what = change(at, &copy.bytes);
        if (copy.bytes == bytes) continue;
        ++tried;
        const ReadResult result = subject_.Read(copy, {});
        if (IsOrderly(result.outcome)) continue;
        const std::string reason = ReasonOf(result.outcome);
        verdicts.Broken(absl::StrCat(what, ": ", reason, ": ",
                                     result.outcome.message(), " (",
                                     RuleOf(reason), ")"));
      }
    }
    checks_.push_back(tried > 0
                          ? verdicts.Kept(absl::StrCat(tried, " ", kept))
                          : verdicts.NotChecked("the fixtures are empty"));
  }

  void CheckHostileBytes() {
    CheckCopies(
        "cut", kCuts,
        [](size_t at, std::string* bytes) {
          bytes->resize(at);
          return absl::StrCat("its first ", at, " bytes");
        },
        "beginnings are read or refused");
    CheckCopies(
        "flipped", kFlips,
        [](size_t at, std::string* bytes) {
          if (at < bytes->size()) {
            (*bytes)[at] = static_cast<char>((*bytes)[at] ^ 0xA5);
          }
          return absl::StrCat("with byte ", at, " changed");
        },
        "changed copies are read or refused");
  }

  const Subject& subject_;
  const std::vector<Fixture>& fixtures_;
  bool manifest_broken_ = false;
  bool loads_ = true;
  std::vector<Reading> readings_;
  std::vector<Check> checks_;
};

}  // namespace

std::vector<Check> RunSuite(const Subject& subject,
                            const std::vector<Fixture>& fixtures) {
  return Suite(subject, fixtures).Run();
}

}  // namespace collate::conformance
