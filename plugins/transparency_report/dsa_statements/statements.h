// Reads a dump of statements of reasons, whatever its packing, into a counter:
// a CSV text, a zip archive of them, or one of archives of them
// (`*.csv.zip`), each member by the end of its name, in whatever folder.
//
// Neither the document, nor a member, nor its records are ever held; nothing is
// unpacked to anywhere. Damage costs what it is in and is found in Losses; an
// error means that the document is refused: a header that is not a dump's, an
// archive with two accounts of its members, a limit, or bytes that cannot be
// had.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_STATEMENTS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_STATEMENTS_H_

#include <cstdint>
#include <functional>

#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/dsa_statements/counter.h"
#include "plugins/transparency_report/dsa_statements/losses.h"
#include "plugins/transparency_report/dsa_statements/members.h"

namespace collate::transparency_report::dsa {

struct ReadOptions {
  InflateLimits limits;
  Isa isa = BestIsa();
  // Called after every piece of a text with the bytes of the document that
  // were read; its error ends the reading.
  std::function<tabular::Status(uint64_t done)> progress;
};

struct ReadTotals {
  uint64_t parts = 0;      // CSV texts
  uint64_t csv_bytes = 0;  // of all of them
};

tabular::Status ReadStatements(tabular::ByteSource& source,
                               const ReadOptions& options, Counter& counter,
                               Losses& losses, ReadTotals* totals);

// Whether the document's first bytes are those of a dump.
bool IsStatements(tabular::ByteSource& source);

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_STATEMENTS_H_
