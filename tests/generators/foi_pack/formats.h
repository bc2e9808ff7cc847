// Sheets as the bytes of a file.

#ifndef COLLATE_TESTS_GENERATORS_FOI_PACK_FORMATS_H_
#define COLLATE_TESTS_GENERATORS_FOI_PACK_FORMATS_H_

#include <string>
#include <vector>

#include "tests/generators/foi_pack/sheet.h"

namespace collate::foi_pack {

// `format`: xlsx, ods, xls, docx (a table for each sheet), pdf (a page for
// each sheet, whose first row stands above the table) or csv (one sheet).
std::string WriteFile(const std::string& format,
                      const std::vector<Sheet>& sheets);

// A letter of these lines, as PDF.
std::string WriteLetter(const std::vector<std::string>& lines);

}  // namespace collate::foi_pack

#endif  // COLLATE_TESTS_GENERATORS_FOI_PACK_FORMATS_H_
