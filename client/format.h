// The forms in which answers are written.

#ifndef COLLATE_CLIENT_FORMAT_H_
#define COLLATE_CLIENT_FORMAT_H_

namespace collate::client {

enum class Format {
  kTable,   // for people: words, thousands separators
  kCsv,     // for spreadsheets and programs: codes, stable columns
  kJson,    // the whole response as one JSON value
  kNdjson,  // one JSON value a line for each row
};

}  // namespace collate::client

#endif  // COLLATE_CLIENT_FORMAT_H_
