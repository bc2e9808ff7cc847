// A strict reader of comma separated values (RFC 4180) over a chunked source.
//
//   CsvOptions options{.part = "prc.csv"};
//   Status status = ReadCsv(source, options, budget, sink);
//
// Line ends are CR, LF or CRLF, mixed at will; a quoted cell may hold line ends
// and doubled quotes. Refused, with the place: a quote inside an unquoted cell
// (STRAY_QUOTE), text after a closing quote (TEXT_AFTER_QUOTE), a quote that
// never closes (UNTERMINATED_QUOTE, at the line where it opened), bytes that
// are not the declared text (BAD_ENCODING), and anything over the budget. An
// empty line is a row with one empty cell. Rows may differ in length: what
// that means is the family's to say.
//
// Memory: one record and one chunk. A function of its arguments; any thread.

#ifndef COLLATE_PLUGINS_TABULAR_CSV_H_
#define COLLATE_PLUGINS_TABULAR_CSV_H_

#include <string>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/decode.h"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

struct CsvOptions {
  char delimiter =
      ',';  // also tab, semicolon, ...; any ASCII but quote, CR, LF
  Encoding encoding = Encoding::kDetect;
  std::string part;  // named in every error
};

Status ReadCsv(ByteSource& source, const CsvOptions& options, Budget& budget,
               GridSink& sink);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_CSV_H_
