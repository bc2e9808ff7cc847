// The families of layouts in which forces answer, each with a recipe of its
// own (site/resources/foi_spreadsheet).

#ifndef COLLATE_TESTS_GENERATORS_FOI_PACK_LAYOUTS_H_
#define COLLATE_TESTS_GENERATORS_FOI_PACK_LAYOUTS_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/generators/foi_pack/figures.h"

namespace collate::foi_pack {

// One answer: offences of each period, and of the last one how they were
// committed and who the victims were.
struct Answer {
  std::string reporter;  // in words
  std::string offence;   // in words
  std::vector<std::pair<std::string, int64_t>>
      offences;  // by period, "2017/18"
  int64_t known = 0;
  Uses uses;

  const std::string& last_period() const { return offences.back().first; }
};

struct AnswerFile {
  std::string suffix;  // of its name
  std::string bytes;
  std::string recipe;  // empty: a letter, of which nothing is read
};

struct AnswerFiles {
  std::vector<AnswerFile> files;
  bool has_victims = false;
  bool keyed = false;  // figures were typed from a letter
};

// `layout`: A to L, as the families are called, or P for a printed document.
AnswerFiles LayOut(const Answer& answer, const std::string& layout,
                   const std::string& format);

}  // namespace collate::foi_pack

#endif  // COLLATE_TESTS_GENERATORS_FOI_PACK_LAYOUTS_H_
