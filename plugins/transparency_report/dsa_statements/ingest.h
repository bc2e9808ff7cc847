// Family `dsa_statements`: a dump of the DSA Transparency Database becomes
// counts of its statements of reasons by day.
//
// Three tables, all of records that were counted here (`records`), by the
// label "DSA Transparency Database", of geography "EU":
//
//   statements             each statement once: platform, harm (its category),
//                          dsa_source_type, automated_detection,
//                          automated_decision, account_action
//   statements_by_keyword  platform, harm, dsa_keyword: once in each pair of a
//                          category (additional ones too) and a keyword that
//                          the statement names
//   restrictions           platform, harm (its category), restriction: once
//                          for each kind of restriction
//
// Labels are the publisher's codes. An empty cell is "not stated", and "none"
// for account_action. Only statements with a keyword are in the second table,
// only those with a restriction in the third; what stands there in several
// cells may not be added up.
//
// No identifier and no free text of a record is handed over, in findings
// neither. Findings: ROWS_DAMAGED, DUPLICATE_ROWS, DUPLICATES_NOT_SOUGHT,
// ARCHIVE_TRUNCATED, ARCHIVE_DAMAGED, ARCHIVE_CHECKSUM, MEMBERS_NOT_READ,
// UNKNOWN_CODE, DAY_NOT_IN_NAME, PUBLISHED_TOTAL_DIFFERS. Refusals: those of
// statements.h, CELL_LIMIT, NO_ROWS, NOTHING_READABLE, INVALID_PUBLISHED_ROWS.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_INGEST_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_INGEST_H_

#include "plugins/sdk/adapter.hpp"

namespace collate::transparency_report {

// `published_rows`, an option or a key of the manifest, is the total that the
// publisher states for the dump.
sdk::Status IngestDsaStatements(sdk::Host& host, const sdk::Document& document);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_INGEST_H_
