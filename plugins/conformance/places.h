// Holds the places and tokens that rows cite against the bytes of their
// document: lines and columns of text, sheets and cells of workbooks.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_PLUGINS_CONFORMANCE_PLACES_H_
#define COLLATE_PLUGINS_CONFORMANCE_PLACES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/conformance/subject.h"
#include "service/ingest/raw.h"

namespace collate::conformance {

struct Places {
  uint64_t checked = 0;
  // Places that nobody can look up here: in members of archives, on pages of
  // PDF documents, in text of an encoding other than UTF-8.
  uint64_t unchecked = 0;
  std::vector<std::string> faults;  // the first few, in words

  uint64_t tokens_checked = 0;
  std::vector<std::string> token_faults;
};

Places CheckPlaces(const Fixture& fixture, const ingest::RawDocument& document);

}  // namespace collate::conformance

#endif  // COLLATE_PLUGINS_CONFORMANCE_PLACES_H_
