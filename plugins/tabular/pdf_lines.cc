#include "plugins/tabular/pdf_lines.h"

#include <algorithm>

namespace collate::tabular {
namespace {

// Of a word's height, which is that of its font's tallest and deepest letters.
// A space is about a quarter of it, a gap between columns more than one.
constexpr double kLargestSpace = 0.5;
constexpr double kSmallestSpace = 0.08;
// Smaller than its neighbour by so much, and ending above its foot by so much.
constexpr double kMarkHeight = 0.8;
constexpr double kMarkRaised = 0.1;

double Height(const PdfWord& word) { return word.bottom - word.top; }

bool IsMark(const PdfWord& word, const PdfWord& base) {
  return Height(word) <= kMarkHeight * Height(base) &&
         word.bottom < base.bottom - kMarkRaised * Height(base);
}

std::vector<PdfPhrase> Phrases(std::vector<const PdfWord*>& words) {
  std::stable_sort(
      words.begin(), words.end(),
      [](const PdfWord* a, const PdfWord* b) { return a->left < b->left; });
  std::vector<PdfPhrase> phrases;
  const PdfWord* base = nullptr;  // the last that is no mark
  bool after_mark = false;
  for (const PdfWord* word : words) {
    const double height = base == nullptr
                              ? Height(*word)
                              : std::max(Height(*word), Height(*base));
    const double gap = phrases.empty() ? 0 : word->left - phrases.back().right;
    if (phrases.empty() || gap > kLargestSpace * height) {
      phrases.push_back(
          {.text = word->text, .left = word->left, .right = word->right});
      base = word;
      after_mark = false;
      continue;
    }
    PdfPhrase& phrase = phrases.back();
    phrase.right = std::max(phrase.right, word->right);
    if (IsMark(*word, *base)) {
      if (!phrase.superscript.empty() && !after_mark)
        phrase.superscript += '\n';
      phrase.superscript += word->text;
      after_mark = true;
      continue;
    }
    if (gap > kSmallestSpace * height) phrase.text += ' ';
    phrase.text += word->text;
    base = word;
    after_mark = false;
  }
  return phrases;
}

}  // namespace

std::vector<PdfLine> FindPdfLines(const PdfPage& page) {
  std::vector<const PdfWord*> words;
  for (const PdfWord& word : page.words) {
    if (word.rotation == 0 && Height(word) > 0) words.push_back(&word);
  }
  std::stable_sort(
      words.begin(), words.end(),
      [](const PdfWord* a, const PdfWord* b) { return a->top < b->top; });
  std::vector<PdfLine> lines;
  std::vector<const PdfWord*> gathered;
  // The box of the line's tallest word, so that lines do not chain.
  double top = 0, bottom = 0;
  const auto finish = [&] {
    if (gathered.empty()) return;
    lines.push_back({.page = page.number,
                     .top = top,
                     .bottom = bottom,
                     .phrases = Phrases(gathered)});
    gathered.clear();
  };
  for (const PdfWord* word : words) {
    const double shared =
        std::min(bottom, word->bottom) - std::max(top, word->top);
    if (!gathered.empty() &&
        shared >= 0.5 * std::min(bottom - top, Height(*word))) {
      gathered.push_back(word);
      if (Height(*word) > bottom - top) {
        top = word->top;
        bottom = word->bottom;
      }
      continue;
    }
    finish();
    gathered.push_back(word);
    top = word->top;
    bottom = word->bottom;
  }
  finish();
  return lines;
}

}  // namespace collate::tabular
