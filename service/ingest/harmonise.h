// Gives what an adapter read its meaning: labels become members of the
// vocabulary, rows are grouped by what they were broken down by.
//
// A table that cannot be understood is refused as a whole, with every reason
// found in it. A row whose label nobody knows is kept without a member, so
// that it is listed and in no sum; only who reported a figure must be known.
//
// Pure over plain values; safe to use from any thread on different values.

#ifndef COLLATE_SERVICE_INGEST_HARMONISE_H_
#define COLLATE_SERVICE_INGEST_HARMONISE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/ingest/harmonised.h"
#include "service/ingest/raw.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

struct HarmoniseInput {
  struct Document {
    std::string name;
    Pairs manifest;
    const RawDocument* raw = nullptr;  // for Harmonise() alone
  };

  const vocabulary::Vocabulary* vocabulary = nullptr;
  std::string source;
  Pairs options;
  bool synthetic = false;  // the release is declared to be made up
  std::vector<Document> documents;
};

// Takes the documents of a release one by one, so that each may be freed
// before the next is read. Belongs to one thread at a time; `input` must
// outlive it.
class Harmoniser {
 public:
  explicit Harmoniser(const HarmoniseInput& input);
  ~Harmoniser();

  // The next of input.documents; keeps nothing of `raw`.
  void Add(const RawDocument& raw,
           const std::function<void(uint64_t done)>& progress = {});

  // When all are added; ends the Harmoniser.
  Harmonised Finish();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// All documents at once.
Harmonised Harmonise(
    const HarmoniseInput& input,
    const std::function<void(uint64_t done, uint64_t total)>& progress = {});

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_HARMONISE_H_
