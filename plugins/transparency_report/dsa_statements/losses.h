// What was read of a document and what was not, without a word of any record.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_LOSSES_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_LOSSES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plugins/transparency_report/dsa_statements/counter.h"

namespace collate::transparency_report::dsa {

// Records that were not counted, in one piece.
struct Loss {
  Fault fault = Fault::kNone;
  std::string part;    // archive members, empty for the document itself
  uint64_t line = 0;   // physical, of the CSV text, from 1
  uint64_t begin = 0;  // bytes of the CSV text
  uint64_t end = 0;
  uint64_t records = 1;  // known to be lost
};

enum class ArchiveFault : uint8_t {
  kTruncated,  // ends before it should
  kCorrupt,    // cannot be inflated any further
  kChecksum,   // inflated to other bytes than were packed
  kNotRead,    // a member of a kind that is not read; no damage
};

struct ArchiveFinding {
  ArchiveFault fault = ArchiveFault::kTruncated;
  std::string part;
  uint64_t byte = 0;     // of the inflated part
  uint64_t records = 0;  // counted of the part all the same
};

// The first of each kind with their places, the rest as a number.
struct Losses {
  static constexpr size_t kLocated = 20;

  std::vector<Loss> located;
  uint64_t records_lost = 0;
  Loss first_duplicate;
  uint64_t records_twice = 0;
  std::vector<ArchiveFinding> archive;
  uint64_t archive_findings = 0;
  uint64_t members_not_read = 0;
  std::string first_not_read;

  void AddLoss(Loss loss) {
    records_lost += loss.records;
    if (located.size() < kLocated) located.push_back(std::move(loss));
  }
  void AddDuplicate(Loss loss) {
    if (records_twice++ == 0) first_duplicate = std::move(loss);
  }
  void AddArchive(ArchiveFinding finding) {
    if (finding.fault == ArchiveFault::kNotRead) {
      if (members_not_read++ == 0) first_not_read = finding.part;
      return;
    }
    ++archive_findings;
    if (archive.size() < kLocated) archive.push_back(std::move(finding));
  }
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_LOSSES_H_
