// The region of an original document around the cells that are cited, as it
// stands in its bytes.
//
// Pure functions over plain values.

#ifndef COLLATE_CLIENT_DOCUMENT_REGION_H_
#define COLLATE_CLIENT_DOCUMENT_REGION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace collate::client {

// Where a printed cell stands, read from a citation's locator.
struct CitedPlace {
  std::string part;   // file within an archive; empty: the document itself
  std::string sheet;  // empty: a text file
  int64_t row = 0;    // line of a text file
  int64_t column = 0;
};

// `file.csv:L88:C8`, `'Sheet'!B12`, `'Sheet'!B12:C13`,
// `archive.zip/file.csv:L3:C2`; nullopt for anything else.
std::optional<CitedPlace> ReadLocator(absl::string_view locator,
                                      absl::string_view document);

// The cited lines of a text, byte for byte, each with the lines around it and
// the first line; a line of its own says before each stretch which they are.
// Lines end with CR, LF or CRLF. nullopt for text of two bytes a character,
// which no line of bytes is cut from.
std::optional<std::string> RegionOfText(absl::string_view bytes,
                                        absl::string_view document,
                                        const std::vector<CitedPlace>& cited);

// `name` as that of a file in a folder: no path, nothing hidden, no control
// characters, at most 200 bytes.
std::string SafeFileName(absl::string_view name);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_DOCUMENT_REGION_H_
