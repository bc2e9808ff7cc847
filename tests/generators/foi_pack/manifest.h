// The manifest of an answer, as protos/collate/foi/v1/answer_manifest.proto
// has it.

#ifndef COLLATE_TESTS_GENERATORS_FOI_PACK_MANIFEST_H_
#define COLLATE_TESTS_GENERATORS_FOI_PACK_MANIFEST_H_

#include <string>
#include <vector>

#include "tests/generators/foi_pack/layouts.h"

namespace collate::foi_pack {

struct Request {
  std::string reporter;  // in words
  std::string offence;   // in words, as its member is titled
  std::string reference;
  std::string requested;             // YYYY-MM-DD
  std::string received;              // empty: never
  std::vector<std::string> periods;  // the last one with Q2 and Q5
};

struct NamedFile {
  std::string name;
  const AnswerFile* file = nullptr;
};

// Of an answer, or of a silence when there are no files.
std::string ManifestText(const Request& request, const AnswerFiles& answer,
                         const std::vector<NamedFile>& files);

}  // namespace collate::foi_pack

#endif  // COLLATE_TESTS_GENERATORS_FOI_PACK_MANIFEST_H_
