#include "client/document_region.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/words.h"

namespace collate::client {
namespace {

// Lines shown on each side of a cited one.
constexpr int64_t kAround = 3;
constexpr size_t kLongestName = 200;
// Longest name of a column: more than any sheet has.
constexpr size_t kColumnLetters = 7;

// "B12" as column 2, row 12.
bool ReadCell(absl::string_view text, CitedPlace* place) {
  size_t letters = 0;
  while (letters < text.size() &&
         absl::ascii_isupper(static_cast<unsigned char>(text[letters]))) {
    place->column = place->column * 26 + (text[letters] - 'A' + 1);
    if (++letters > kColumnLetters) return false;
  }
  return letters > 0 && absl::SimpleAtoi(text.substr(letters), &place->row);
}

std::optional<CitedPlace> ReadSheetLocator(absl::string_view locator,
                                           absl::string_view document) {
  CitedPlace place;
  const size_t bang = locator.rfind("'!");
  // A part of the document stands before the sheet.
  size_t open = 0;
  if (!absl::StartsWith(locator, "'")) {
    open = locator.find(":'");
    if (open == absl::string_view::npos || open > bang) return std::nullopt;
    absl::string_view part = locator.substr(0, open);
    absl::ConsumePrefix(&part, document);
    absl::ConsumePrefix(&part, "/");
    place.part = std::string(part);
    ++open;
  }
  if (bang <= open) return std::nullopt;
  place.sheet = absl::StrReplaceAll(locator.substr(open + 1, bang - open - 1),
                                    {{"''", "'"}});
  absl::string_view cell = locator.substr(bang + 2);
  cell = cell.substr(0, cell.find(':'));
  if (!ReadCell(cell, &place)) return std::nullopt;
  return place;
}

// Beginnings of lines, and the end of the last one.
std::vector<size_t> LinesOf(absl::string_view bytes) {
  std::vector<size_t> begins = {0};
  for (size_t i = 0; i < bytes.size(); ++i) {
    const bool crlf =
        bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n';
    if ((bytes[i] == '\n' || bytes[i] == '\r') && !crlf) {
      begins.push_back(i + 1);
    }
  }
  if (begins.back() != bytes.size()) begins.push_back(bytes.size());
  return begins;
}

}  // namespace

std::optional<CitedPlace> ReadLocator(absl::string_view locator,
                                      absl::string_view document) {
  if (absl::StrContains(locator, "'!")) {
    return ReadSheetLocator(locator, document);
  }
  CitedPlace place;
  const size_t column = locator.rfind(":C");
  if (column == absl::string_view::npos) return std::nullopt;
  const size_t line = locator.substr(0, column).rfind(":L");
  if (line == absl::string_view::npos ||
      !absl::SimpleAtoi(locator.substr(line + 2, column - line - 2),
                        &place.row) ||
      !absl::SimpleAtoi(locator.substr(column + 2), &place.column)) {
    return std::nullopt;
  }
  absl::string_view file = locator.substr(0, line);
  if (!absl::ConsumePrefix(&file, document)) return std::nullopt;
  absl::ConsumePrefix(&file, "/");
  place.part = std::string(file);
  return place;
}

std::optional<std::string> RegionOfText(absl::string_view bytes,
                                        absl::string_view document,
                                        const std::vector<CitedPlace>& cited) {
  if (absl::StartsWith(bytes, "\xFF\xFE") ||
      absl::StartsWith(bytes, "\xFE\xFF")) {
    return std::nullopt;
  }
  const std::vector<size_t> begins = LinesOf(bytes);
  const auto count = static_cast<int64_t>(begins.size()) - 1;
  std::set<int64_t> shown;
  std::set<std::pair<int64_t, int64_t>> places;
  if (count > 0) shown.insert(1);
  for (const CitedPlace& place : cited) {
    if (place.row < 1 || place.row > count) continue;
    places.insert({place.row, place.column});
    for (int64_t line = std::max<int64_t>(1, place.row - kAround);
         line <= std::min(count, place.row + kAround); ++line) {
      shown.insert(line);
    }
  }
  std::string out;
  for (auto at = shown.begin(); at != shown.end();) {
    const int64_t first = *at;
    int64_t last = first;
    for (++at; at != shown.end() && *at == last + 1; ++at) last = *at;
    std::vector<std::string> named;
    for (const auto& [line, column] : places) {
      if (line < first || line > last) continue;
      named.push_back(absl::StrCat("L", line, ":C", column));
    }
    absl::StrAppend(
        &out, "--- ", Printable(document), ", lines ", first, " to ", last,
        named.empty() ? "" : "; cited: ", absl::StrJoin(named, ", "), "\n",
        bytes.substr(begins[first - 1], begins[last] - begins[first - 1]));
    // Else the next stretch would stand in a line of the document.
    if (!absl::EndsWith(out, "\n")) out += '\n';
  }
  return out;
}

std::string SafeFileName(absl::string_view name) {
  std::string safe;
  for (const char c : name.substr(0, kLongestName)) {
    const auto byte = static_cast<unsigned char>(c);
    safe += c == '/' || c == '\\' || byte < 0x20 || byte == 0x7F ? '_' : c;
  }
  if (safe.empty()) return "document";
  // Neither hidden, nor this folder or the one above, nor an option.
  if (safe[0] == '.' || safe[0] == '-') safe[0] = '_';
  return safe;
}

}  // namespace collate::client
