#include "plugins/transparency_report/dsa_statements/cells.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>

#include "plugins/transparency_report/dsa_statements/hash.h"

namespace collate::transparency_report::dsa {
namespace {

constexpr size_t kLongestCode = 120;
constexpr size_t kLongestName = 300;
constexpr size_t kMostCodes = 256;  // of one cell

// The database opened on 25 September 2023.
constexpr int kFirstYear = 2023;
constexpr int kLastYear = 2099;

// A code is told from any other word by the list that it names: text that
// slipped into the column is none.
std::string_view PrefixOf(Column column) {
  switch (column) {
    case kVisibility:
      return "DECISION_VISIBILITY_";
    case kMonetary:
      return "DECISION_MONETARY_";
    case kProvision:
      return "DECISION_PROVISION_";
    case kAccount:
      return "DECISION_ACCOUNT_";
    case kCategory:
    case kAddition:
      return "STATEMENT_CATEGORY_";
    case kKeywords:
      return "KEYWORD_";
    case kSource:
      return "SOURCE_";
    case kDecision:
      return "AUTOMATED_DECISION_";
    default:
      return "";
  }
}

bool IsCode(Column column, std::string_view text) {
  if (column == kDetection) {  // Yes, No
    return text.size() >= 2 && text.size() <= 20 && text[0] >= 'A' &&
           text[0] <= 'Z' &&
           std::all_of(text.begin() + 1, text.end(),
                       [](char c) { return c >= 'a' && c <= 'z'; });
  }
  const std::string_view prefix = PrefixOf(column);
  return text.size() > prefix.size() && text.size() <= kLongestCode &&
         text.substr(0, prefix.size()) == prefix &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// The text in a cell's quotes, doubled ones made single.
std::string Unquoted(std::string_view cell) {
  if (cell.empty() || cell[0] != '"') return std::string(cell);
  std::string text;
  for (size_t i = 1; i + 1 < cell.size(); ++i) {
    text += cell[i];
    if (cell[i] == '"') ++i;
  }
  return text;
}

// ["A","B"]. Codes need no escapes.
bool ParseArray(Column column, std::string_view text,
                std::vector<std::string>* codes) {
  size_t i = 1;
  const auto skip_spaces = [&] {
    while (i < text.size() && text[i] == ' ') ++i;
  };
  skip_spaces();
  if (i < text.size() && text[i] == ']') return i + 1 == text.size();
  while (true) {
    skip_spaces();
    if (i >= text.size() || text[i] != '"') return false;
    const size_t end = text.find('"', i + 1);
    if (end == std::string_view::npos) return false;
    const std::string_view code = text.substr(i + 1, end - i - 1);
    if (!IsCode(column, code) || codes->size() == kMostCodes) return false;
    codes->emplace_back(code);
    i = end + 1;
    skip_spaces();
    if (i >= text.size()) return false;
    if (text[i] == ']') return i + 1 == text.size();
    if (text[i++] != ',') return false;
  }
}

bool IsName(std::string_view text) {
  return text.size() <= kLongestName &&
         std::none_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F;
         });
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Two digits, at most `most`.
bool IsTwo(std::string_view text, size_t at, int most) {
  return IsDigit(text[at]) && IsDigit(text[at + 1]) &&
         (text[at] - '0') * 10 + (text[at + 1] - '0') <= most;
}

int NumberAt(std::string_view text, size_t at, size_t digits) {
  int number = 0;
  for (size_t i = at; i < at + digits; ++i)
    number = number * 10 + text[i] - '0';
  return number;
}

}  // namespace

std::optional<uint32_t> Labels::Intern(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto known = ids_.find(text); known != ids_.end()) {
    return known->second;
  }
  if (texts_.size() >= most_) return std::nullopt;
  const uint32_t id = size();
  texts_.emplace_back(text);
  ids_.emplace(texts_.back(), id);
  return id;
}

CellTable::CellTable() { Clear(); }

void CellTable::Clear() {
  slots_.assign(kSlots, 0);
  cells_.assign(1, Cell());  // number 0, which the empty slots name
  texts_.assign(16, '\0');
  labels_.clear();
  last_ = 0;
}

bool CellTable::IsFull() const {
  return cells_.size() > kMost || texts_.size() > kMostTextBytes;
}

uint16_t CellTable::Search(const char* text, size_t size) {
  const uint64_t hash = HashOf(text, size);
  for (size_t at = hash % kSlots; slots_[at] != 0; at = (at + 1) % kSlots) {
    const Cell& cell = cells_[slots_[at]];
    if (cell.hash == hash && cell.size == size &&
        IsSame(texts_.data() + cell.text, text, size)) {
      return last_ = slots_[at];
    }
  }
  return kNone;
}

uint16_t CellTable::Add(std::string_view text,
                        std::span<const uint32_t> labels) {
  Cell cell;
  // The hash masks what lies behind a text, so that a copy has the same.
  cell.text = static_cast<uint32_t>(texts_.size());
  cell.size = static_cast<uint32_t>(text.size());
  texts_.insert(texts_.end(), text.begin(), text.end());
  texts_.resize(texts_.size() + 16);
  cell.hash = HashOf(texts_.data() + cell.text, cell.size);
  cell.labels = static_cast<uint32_t>(labels_.size());
  labels_.insert(labels_.end(), labels.begin(), labels.end());
  std::sort(labels_.begin() + cell.labels, labels_.end());
  labels_.erase(std::unique(labels_.begin() + cell.labels, labels_.end()),
                labels_.end());
  cell.label_count = static_cast<uint32_t>(labels_.size()) - cell.labels;
  size_t at = cell.hash % kSlots;
  while (slots_[at] != 0) at = (at + 1) % kSlots;
  slots_[at] = static_cast<uint16_t>(cells_.size());
  cells_.push_back(cell);
  return slots_[at];
}

bool ParseCell(Column column, std::string_view cell,
               std::vector<std::string>* codes) {
  codes->clear();
  if (cell.size() > CellTable::kLongest) return false;
  std::string text = Unquoted(cell);
  switch (column) {
    case kPlatform:
      if (!IsName(text)) return false;
      break;
    case kVisibility:
    case kAddition:
    case kKeywords:
      if (!text.empty() && text[0] == '[') {
        return ParseArray(column, text, codes);
      }
      [[fallthrough]];
    default:
      if (!text.empty() && !IsCode(column, text)) return false;
      break;
  }
  if (!text.empty()) codes->push_back(std::move(text));
  return true;
}

bool IsTime(std::string_view created_at) {
  // 2024-03-14 00:00:07
  return created_at.size() == 19 && created_at[10] == ' ' &&
         created_at[13] == ':' && created_at[16] == ':' &&
         IsTwo(created_at, 11, 23) && IsTwo(created_at, 14, 59) &&
         IsTwo(created_at, 17, 59);
}

std::string_view DayOf(std::string_view created_at) {
  if (!IsTime(created_at) || created_at[4] != '-' || created_at[7] != '-' ||
      !IsTwo(created_at, 0, 99) || !IsTwo(created_at, 2, 99) ||
      !IsTwo(created_at, 5, 12) || !IsTwo(created_at, 8, 31)) {
    return {};
  }
  const int year = NumberAt(created_at, 0, 4);
  const std::chrono::year_month_day date(
      std::chrono::year(year),
      std::chrono::month(static_cast<unsigned>(NumberAt(created_at, 5, 2))),
      std::chrono::day(static_cast<unsigned>(NumberAt(created_at, 8, 2))));
  if (year < kFirstYear || year > kLastYear || !date.ok()) return {};
  return created_at.substr(0, 10);
}

int32_t DayNumberOf(std::string_view day) {
  const std::chrono::year_month_day date(
      std::chrono::year(NumberAt(day, 0, 4)),
      std::chrono::month(static_cast<unsigned>(NumberAt(day, 5, 2))),
      std::chrono::day(static_cast<unsigned>(NumberAt(day, 8, 2))));
  return static_cast<int32_t>(
      std::chrono::sys_days(date).time_since_epoch().count());
}

std::string TextOfDay(int32_t number) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(number))};
  char text[32];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

bool IsKnownCode(Axis axis, std::string_view code) {
  static constexpr std::string_view kHarms[] = {
      "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE",
      "CYBER_VIOLENCE_AGAINST_WOMEN", "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
      "ILLEGAL_OR_HARMFUL_SPEECH", "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
      "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
      "NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC", "PROTECTION_OF_MINORS",
      "RISK_FOR_PUBLIC_SECURITY", "SCAMS_AND_FRAUD", "SELF_HARM",
      "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE",
      // Schema 1 only.
      "PORNOGRAPHY_OR_SEXUALIZED_CONTENT", "SCOPE_OF_PLATFORM_SERVICE",
      "NON_CONSENSUAL_BEHAVIOUR"};
  static constexpr std::string_view kSources[] = {
      "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_VOLUNTARY",
      "SOURCE_TYPE_OTHER_NOTIFICATION"};
  static constexpr std::string_view kDetections[] = {"Yes", "No"};
  static constexpr std::string_view kDecisions[] = {
      "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY",
      "AUTOMATED_DECISION_NOT_AUTOMATED"};
  static constexpr std::string_view kAccounts[] = {
      "DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"};
  static constexpr std::string_view kRestrictions[] = {
      "DECISION_VISIBILITY_CONTENT_REMOVED",
      "DECISION_VISIBILITY_CONTENT_DISABLED",
      "DECISION_VISIBILITY_CONTENT_DEMOTED",
      "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
      "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
      "DECISION_VISIBILITY_CONTENT_LABELLED",
      "DECISION_VISIBILITY_OTHER",
      "DECISION_MONETARY_SUSPENSION",
      "DECISION_MONETARY_TERMINATION",
      "DECISION_MONETARY_OTHER",
      "DECISION_PROVISION_PARTIAL_SUSPENSION",
      "DECISION_PROVISION_TOTAL_SUSPENSION",
      "DECISION_PROVISION_PARTIAL_TERMINATION",
      "DECISION_PROVISION_TOTAL_TERMINATION",
      "DECISION_ACCOUNT_SUSPENDED",
      "DECISION_ACCOUNT_TERMINATED"};
  const auto among = [&code](const auto& list) {
    return std::find(std::begin(list), std::end(list), code) != std::end(list);
  };
  switch (axis) {
    case kHarmAxis:
      code.remove_prefix(std::min(code.size(), PrefixOf(kCategory).size()));
      return among(kHarms);
    case kSourceAxis:
      return among(kSources);
    case kDetectionAxis:
      return among(kDetections);
    case kDecisionAxis:
      return among(kDecisions);
    case kAccountAxis:
      return among(kAccounts);
    case kRestrictionAxis:
      return among(kRestrictions);
    default:
      return true;
  }
}

}  // namespace collate::transparency_report::dsa
