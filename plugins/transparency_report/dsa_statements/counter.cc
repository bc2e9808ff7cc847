#include "plugins/transparency_report/dsa_statements/counter.h"

#include <algorithm>
#include <cstring>

#include "plugins/transparency_report/dsa_statements/hash.h"
#include "plugins/transparency_report/dsa_statements/record_start.h"

namespace collate::transparency_report::dsa {
namespace {

constexpr Axis AxisOf(Column column) {
  switch (column) {
    case kVisibility:
    case kMonetary:
    case kProvision:
      return kRestrictionAxis;
    case kAccount:
      return kAccountAxis;
    case kCategory:
    case kAddition:
      return kHarmAxis;
    case kKeywords:
      return kKeywordAxis;
    case kSource:
      return kSourceAxis;
    case kDetection:
      return kDetectionAxis;
    case kDecision:
      return kDecisionAxis;
    case kPlatform:
      return kPlatformAxis;
    default:
      return kDayAxis;
  }
}

constexpr const char* NameOf(Axis axis) {
  switch (axis) {
    case kDayAxis:
      return "days";
    case kPlatformAxis:
      return "platforms";
    case kHarmAxis:
      return "categories";
    case kKeywordAxis:
      return "keywords";
    case kRestrictionAxis:
      return "restrictions";
    default:
      return "codes of one column";
  }
}

// Bits of each axis within the key of an output cell.
struct Part {
  Axis axis;
  unsigned bits;
};
constexpr Part kStatementParts[] = {{kDayAxis, 12},      {kPlatformAxis, 14},
                                    {kHarmAxis, 10},     {kSourceAxis, 7},
                                    {kDetectionAxis, 6}, {kDecisionAxis, 7},
                                    {kAccountAxis, 8}};
constexpr Part kKeywordParts[] = {
    {kDayAxis, 12}, {kPlatformAxis, 14}, {kHarmAxis, 10}, {kKeywordAxis, 12}};
constexpr Part kRestrictionParts[] = {{kDayAxis, 12},
                                      {kPlatformAxis, 14},
                                      {kHarmAxis, 10},
                                      {kRestrictionAxis, 12}};

constexpr std::pair<const Part*, size_t> PartsOf(Output output) {
  switch (output) {
    case Output::kByKeyword:
      return {kKeywordParts, std::size(kKeywordParts)};
    case Output::kRestrictions:
      return {kRestrictionParts, std::size(kRestrictionParts)};
    default:
      return {kStatementParts, std::size(kStatementParts)};
  }
}

constexpr uint32_t MostOf(Axis axis) {
  for (const Output output :
       {Output::kStatements, Output::kByKeyword, Output::kRestrictions}) {
    const auto [parts, count] = PartsOf(output);
    for (size_t i = 0; i < count; ++i) {
      if (parts[i].axis == axis) return uint32_t{1} << parts[i].bits;
    }
  }
  return 0;
}

uint64_t HashUuid(const char* at) {
  const uint64_t low = Mix(Load8(at) ^ kHashA, Load8(at + 8));
  const uint64_t high = Mix(Load8(at + 16) ^ kHashB, Load8(at + 28));
  return Mix(low ^ Load8(at + 20), high ^ kHashA);
}

}  // namespace

void CellCounts::Add(uint64_t key, uint64_t count) {
  size_t at = Mix(key ^ kHashA, kHashB) & (slots_.size() - 1);
  while (slots_[at].count > 0) {
    if (slots_[at].key == key) {
      slots_[at].count += count;
      return;
    }
    at = (at + 1) & (slots_.size() - 1);
  }
  slots_[at] = {key, count};
  if (++size_ * 2 > slots_.size()) Grow();
}

void CellCounts::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  size_ = 0;
  for (const Slot& slot : old) {
    if (slot.count > 0) Add(slot.key, slot.count);
  }
}

Counter::Counter(Isa isa, uint64_t max_cells)
    : isa_(isa), max_cells_(max_cells), tuples_(kTupleSlots) {
  for (size_t axis = 0; axis < kAxisCount; ++axis) {
    labels_.emplace_back(MostOf(static_cast<Axis>(axis)));
  }
}

void Counter::Prefetch(const char* record) const {
  uuids_.Prefetch(HashUuid(record));
}

Fault Counter::Add(const Layout& layout, const char* text, uint32_t begin,
                   const uint32_t* ends, bool ascii) {
  if (ends[0] - begin != kUuidBytes || !IsUuid(text + begin)) {
    return Fault::kUuid;
  }
  const uint64_t uuid = HashUuid(text + begin);
  const uint32_t end = ends[layout.width - 1];
  if (!ascii && !IsUtf8(isa_, text + begin, end - begin)) return Fault::kText;
  if (some_table_full_) {
    Settle();
    for (CellTable& table : tables_) table.Clear();
    some_table_full_ = false;
    if (!status_.ok()) return Fault::kStop;
  }
  std::array<uint16_t, kColumnCount> cells;
  for (size_t i = 0; i < kCreated; ++i) {
    const uint32_t field = layout.at[i];
    const char* at = text + ends[field - 1] + 1;
    const size_t size = static_cast<size_t>(text + ends[field] - at);
    cells[i] = tables_[i].Find(at, size);
    if (cells[i] == CellTable::kNone) [[unlikely]] {
      const Fault fault = Learn(static_cast<Column>(i), {at, size}, &cells[i]);
      if (fault != Fault::kNone) return fault;
    }
  }
  const uint32_t created = layout.at[kCreated];
  const uint32_t created_begin = ends[created - 1] + 1;
  if (!ReadDay({text + created_begin, ends[created] - created_begin},
               &cells[kCreated])) {
    return status_.ok() ? Fault::kCreatedAt : Fault::kStop;
  }
  // Last, so that a damaged record does not stand in the way of a whole one.
  if (!uuids_.Insert(uuid)) return Fault::kDuplicate;
  Tuple tuple;
  static_assert(sizeof tuple == sizeof cells);
  std::memcpy(&tuple, &cells, sizeof tuple);
  Count(tuple);
  ++counted_;
  return status_.ok() ? Fault::kNone : Fault::kStop;
}

bool Counter::ReadDay(std::string_view cell, uint16_t* day) {
  if (cell.size() == 21 && cell.front() == '"' && cell.back() == '"') {
    cell = cell.substr(1, 19);
  }
  if (!IsTime(cell)) return false;
  if (std::memcmp(cell.data(), last_day_.data(), last_day_.size()) != 0) {
    const std::string_view text = DayOf(cell);
    if (text.empty()) return false;
    const auto label = labels_[kDayAxis].Intern(text);
    if (!label.has_value()) {
      Exceed(NameOf(kDayAxis), labels_[kDayAxis].most());
      return false;
    }
    std::memcpy(last_day_.data(), text.data(), last_day_.size());
    last_day_number_ = static_cast<uint16_t>(*label);
  }
  *day = last_day_number_;
  return true;
}

Fault Counter::Learn(Column column, std::string_view cell, uint16_t* number) {
  if (!ParseCell(column, cell, &codes_)) return Fault::kCode;
  const Axis axis = AxisOf(column);
  numbers_.clear();
  for (const std::string& code : codes_) {
    const auto label = labels_[axis].Intern(code);
    if (!label.has_value()) {
      Exceed(NameOf(axis), labels_[axis].most());
      return Fault::kStop;
    }
    numbers_.push_back(*label);
  }
  *number = tables_[column].Add(cell, numbers_);
  some_table_full_ = some_table_full_ || tables_[column].IsFull();
  return Fault::kNone;
}

void Counter::Count(const Tuple& tuple) {
  size_t at =
      Mix(Mix(tuple[0] ^ kHashA, tuple[1] ^ kHashB), tuple[2] ^ kHashA) &
      (kTupleSlots - 1);
  while (tuples_[at].count > 0) {
    if (tuples_[at].tuple == tuple) {
      ++tuples_[at].count;
      return;
    }
    at = (at + 1) & (kTupleSlots - 1);
  }
  tuples_[at] = {tuple, 1};
  used_.push_back(static_cast<uint32_t>(at));
  if (used_.size() * 2 > kTupleSlots) Settle();
}

void Counter::Settle() {
  for (const uint32_t at : used_) {
    TupleCount& slot = tuples_[at];
    std::array<uint16_t, kColumnCount> cells;
    std::memcpy(&cells, &slot.tuple, sizeof cells);
    // After each, since one tuple can be thousands of cells.
    if (status_.ok()) SettleTuple(cells, slot.count);
    slot.count = 0;
    uint64_t size = 0;
    for (const CellCounts& counts : cells_) size += counts.size();
    if (size > max_cells_) Exceed("output cells", max_cells_);
  }
  used_.clear();
}

void Counter::SettleTuple(const std::array<uint16_t, kColumnCount>& cells,
                          uint64_t count) {
  const auto list = [&](Column column) {
    return tables_[column].labels(cells[column]);
  };
  // Of a column with one code.
  const auto single = [&](Column column) {
    const auto labels = list(column);
    return labels.empty() ? 0 : labels[0];
  };
  CellLabels labels = {};
  labels[kDayAxis] = cells[kCreated];
  labels[kPlatformAxis] = single(kPlatform);
  labels[kHarmAxis] = single(kCategory);
  labels[kSourceAxis] = single(kSource);
  labels[kDetectionAxis] = single(kDetection);
  labels[kDecisionAxis] = single(kDecision);
  labels[kAccountAxis] = single(kAccount);
  AddCell(Output::kStatements, labels, count);
  for (const Axis axis :
       {kSourceAxis, kDetectionAxis, kDecisionAxis, kAccountAxis}) {
    Name(axis, labels[axis], count);
  }

  for (const Column column : {kVisibility, kMonetary, kProvision}) {
    for (const uint32_t restriction : list(column)) {
      labels[kRestrictionAxis] = restriction;
      AddCell(Output::kRestrictions, labels, count);
      Name(kRestrictionAxis, restriction, count);
    }
  }
  if (labels[kAccountAxis] != 0) {
    // The same word on another axis.
    const auto label = labels_[kRestrictionAxis].Intern(
        labels_[kAccountAxis].text(labels[kAccountAxis]));
    if (!label.has_value()) {
      Exceed(NameOf(kRestrictionAxis), labels_[kRestrictionAxis].most());
      return;
    }
    labels[kRestrictionAxis] = *label;
    AddCell(Output::kRestrictions, labels, count);
  }

  const auto additions = list(kAddition);
  harms_.assign(additions.begin(), additions.end());
  const uint32_t category = labels[kHarmAxis];
  // A statement without any category still counts once for its keywords.
  if (category != 0 || harms_.empty()) {
    if (std::find(harms_.begin(), harms_.end(), category) == harms_.end()) {
      harms_.push_back(category);
    }
  }
  for (const uint32_t harm : harms_) Name(kHarmAxis, harm, count);
  for (const uint32_t keyword : list(kKeywords)) {
    Name(kKeywordAxis, keyword, count);
    labels[kKeywordAxis] = keyword;
    for (const uint32_t harm : harms_) {
      labels[kHarmAxis] = harm;
      AddCell(Output::kByKeyword, labels, count);
    }
  }
}

void Counter::AddCell(Output output, const CellLabels& labels, uint64_t count) {
  cells_[static_cast<size_t>(output)].Add(Pack(output, labels), count);
}

void Counter::Name(Axis axis, uint32_t label, uint64_t count) {
  if (named_[axis].size() <= label) named_[axis].resize(label + 1);
  named_[axis][label] += count;
}

void Counter::Exceed(const std::string& what, uint64_t most) {
  if (!status_.ok()) return;
  status_ = tabular::Status(
      tabular::Error{.code = tabular::Code::kResourceExhausted,
                     .reason = "CELL_LIMIT",
                     .message = "the statements fall into more " + what +
                                " than one document may have",
                     .expected = "at most " + std::to_string(most),
                     .found = "more than " + std::to_string(most)});
}

tabular::Status Counter::Finish() {
  Settle();
  return std::move(status_);
}

uint64_t Counter::Pack(Output output, const CellLabels& labels) {
  const auto [parts, count] = PartsOf(output);
  uint64_t key = 0;
  for (size_t i = 0; i < count; ++i) {
    key = key << parts[i].bits | labels[parts[i].axis];
  }
  return key;
}

CellLabels Counter::Unpack(Output output, uint64_t key) {
  const auto [parts, count] = PartsOf(output);
  CellLabels labels = {};
  for (size_t i = count; i-- > 0;) {
    labels[parts[i].axis] =
        static_cast<uint32_t>(key & ((uint64_t{1} << parts[i].bits) - 1));
    key >>= parts[i].bits;
  }
  return labels;
}

}  // namespace collate::transparency_report::dsa
