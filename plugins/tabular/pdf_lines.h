// The words of a PDF page as lines of phrases: geometry alone, no PDF library.
//
// Internal to this folder.

#ifndef COLLATE_PLUGINS_TABULAR_PDF_LINES_H_
#define COLLATE_PLUGINS_TABULAR_PDF_LINES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace collate::tabular {

// A word with its box, in points from the page's upper left corner as it is
// shown. `rotation` counts quarter turns.
struct PdfWord {
  std::string text;
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  int rotation = 0;
};

struct PdfPage {
  uint32_t number = 0;  // from 1
  std::vector<PdfWord> words;
};

// Words that stand as close as those of one sentence.
struct PdfPhrase {
  std::string text;
  std::string superscript;  // small words raised behind others, apart
  double left = 0;
  double right = 0;
};

struct PdfLine {
  uint32_t page = 0;
  double top = 0;
  double bottom = 0;
  std::vector<PdfPhrase> phrases;  // from left to right

  double height() const { return bottom - top; }
};

// From top to bottom. Turned words are no part of it.
std::vector<PdfLine> FindPdfLines(const PdfPage& page);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_PDF_LINES_H_
