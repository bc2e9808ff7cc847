#include "service/query/table_file.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/query/narrow_column.h"
#include "service/store/wire.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::AppendString;
using store::AppendU64;
using store::AppendU8;
using store::AppendVarint;
using store::AppendZigZag;
using store::Reader;
using vocabulary::Day;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;
using vocabulary::PeriodKind;

absl::string_view Text(absl::Span<const char> bytes) {
  return {bytes.data(), bytes.size()};
}

enum AttributeBits : uint8_t { kRowCounted = 1, kRowDerived = 2 };

void AppendValue(std::string& out, const TableRows::PeriodOf& period) {
  AppendZigZag(out, period.days.begin);
  AppendZigZag(out, period.days.end);
  AppendU8(out, static_cast<uint8_t>(period.kind));
}
void AppendValue(std::string& out, const TableRows::Attributes& one) {
  AppendVarint(out, one.flags);
  AppendVarint(out, one.reason);
  AppendU8(out, one.has);
  AppendZigZag(out, one.scale);
  AppendU8(out,
           (one.counted ? kRowCounted : 0) | (one.derived ? kRowDerived : 0));
}
void AppendValue(std::string& out, const TableRows::Known& known) {
  AppendZigZag(out, known.from);
  AppendZigZag(out, known.until);
  AppendVarint(out, known.release);
}

void ReadValue(Reader& reader, TableRows::PeriodOf& period) {
  period.days.begin = static_cast<Day>(reader.ZigZag("period"));
  period.days.end = static_cast<Day>(reader.ZigZag("period"));
  period.kind = static_cast<PeriodKind>(reader.U8("period"));
}
void ReadValue(Reader& reader, TableRows::Attributes& one) {
  one.flags = static_cast<uint32_t>(reader.Varint("flags"));
  one.reason = static_cast<uint32_t>(reader.Varint("reason"));
  one.has = reader.U8("has");
  one.scale = static_cast<int8_t>(reader.ZigZag("scale"));
  const uint8_t bits = reader.U8("counted, derived");
  one.counted = (bits & kRowCounted) != 0;
  one.derived = (bits & kRowDerived) != 0;
}
void ReadValue(Reader& reader, TableRows::Known& known) {
  known.from = reader.ZigZag("known from");
  known.until = reader.ZigZag("known until");
  known.release = static_cast<uint32_t>(reader.Varint("release"));
}

template <typename T>
void AppendColumn(std::string& head, std::vector<absl::string_view>& blocks,
                  const NarrowColumn<T>& column) {
  AppendU8(head, static_cast<uint8_t>(column.width()));
  blocks.push_back(Text(column.bytes()));
}

template <typename T>
void AppendColumn(std::string& head, std::vector<absl::string_view>& blocks,
                  const DictionaryColumn<T>& column) {
  AppendVarint(head, column.values().size());
  for (uint32_t code = 0; code < column.values().size(); ++code) {
    AppendValue(head, column.values()[code]);
    AppendVarint(head, column.first_row(code));
  }
  AppendColumn(head, blocks, column.codes());
}

// What the head says of a column; its numbers come later.
struct Pending {
  size_t size = 0;
  char* to = nullptr;
};

template <typename T>
void ReadColumn(Reader& head, size_t rows, std::vector<Pending>& pending,
                NarrowColumn<T>& column) {
  const int width = head.U8("width");
  if (width != 1 && width != 2 && width != 4 && width != 8) {
    return head.Fail(absl::StrCat("width ", width));
  }
  const absl::Span<char> bytes = column.Overwrite(width, rows);
  pending.push_back({bytes.size(), bytes.data()});
}

template <typename T>
void ReadColumn(Reader& head, size_t rows, std::vector<Pending>& pending,
                DictionaryColumn<T>& column) {
  std::vector<T> values(head.Count(4, "values"));
  std::vector<size_t> first_rows;
  for (T& value : values) {
    ReadValue(head, value);
    first_rows.push_back(head.Varint("first row"));
    if (first_rows.back() >= rows) head.Fail("a value without a row");
    if (!head.ok()) return;
  }
  NarrowColumn<uint32_t> codes;
  ReadColumn(head, rows, pending, codes);
  column.Overwrite(std::move(values), std::move(first_rows), std::move(codes));
}

template <typename T>
bool AllBelow(const NarrowColumn<T>& column, size_t size) {
  return column.Visit([&](const auto* numbers) {
    using Number = std::decay_t<decltype(*numbers)>;
    Number least = 0;
    Number most = 0;
    for (size_t row = 0; row < column.size(); ++row) {
      least = std::min(least, numbers[row]);
      most = std::max(most, numbers[row]);
    }
    return least >= 0 &&
           (column.size() == 0 || static_cast<uint64_t>(most) < size);
  });
}

bool AreMembers(const TableRows::FirstKnown& members,
                const Dimension& dimension) {
  for (size_t i = 0; i < members.size(); ++i) {
    const MemberId member = members[i].first;
    if (i > 0 && members[i - 1].first >= member) return false;
    if (member != kUnmapped && member >= dimension.members().size()) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::Status TableFile::Write(const TableRows& rows,
                              store::KeptFileWriter& writer) {
  std::string head;
  std::vector<absl::string_view> blocks;
  AppendVarint(head, rows.axis_count());
  AppendVarint(head, rows.size());
  for (const auto& column : rows.members_) AppendColumn(head, blocks, column);
  AppendColumn(head, blocks, rows.reporter_);
  AppendColumn(head, blocks, rows.period_);
  AppendColumn(head, blocks, rows.state_);
  AppendColumn(head, blocks, rows.attributes_);
  AppendColumn(head, blocks, rows.value_);
  AppendColumn(head, blocks, rows.lower_);
  AppendColumn(head, blocks, rows.upper_);
  AppendColumn(head, blocks, rows.known_);
  AppendColumn(head, blocks, rows.stored_);
  AppendVarint(head, rows.reasons_.size());
  for (const std::string& reason : rows.reasons_) AppendString(head, reason);
  AppendU64(head, rows.states_);
  for (const TableRows::FirstKnown& members : rows.first_known_) {
    AppendVarint(head, members.size());
    for (const auto& [member, time] : members) {
      AppendVarint(head, member);
      AppendZigZag(head, time);
    }
  }
  AppendVarint(head, rows.starts_.size());
  blocks.emplace_back(reinterpret_cast<const char*>(rows.starts_.data()),
                      rows.starts_.size() * sizeof(uint32_t));
  COLLATE_RETURN_IF_ERROR(writer.Add(head));
  for (const absl::string_view block : blocks) {
    COLLATE_RETURN_IF_ERROR(writer.Add(block));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const TableRows>> TableFile::Read(
    absl::Span<const Dimension* const> axes, const Dimension& reporters,
    size_t releases, store::KeptFileReader& reader) {
  COLLATE_ASSIGN_OR_RETURN(const std::string bytes, reader.Next());
  Reader head(bytes, "table");
  if (head.Varint("axes") != axes.size()) head.Fail("another number of axes");
  const size_t size = head.Varint("rows");
  // Every row has a byte in every column: no memory for what cannot be there.
  if (size > reader.bytes_left()) head.Fail("more rows than bytes");
  if (!head.ok()) return head.status();
  auto rows = std::make_shared<TableRows>(axes.size());
  std::vector<Pending> pending;
  for (auto& column : rows->members_) ReadColumn(head, size, pending, column);
  ReadColumn(head, size, pending, rows->reporter_);
  ReadColumn(head, size, pending, rows->period_);
  ReadColumn(head, size, pending, rows->state_);
  ReadColumn(head, size, pending, rows->attributes_);
  ReadColumn(head, size, pending, rows->value_);
  ReadColumn(head, size, pending, rows->lower_);
  ReadColumn(head, size, pending, rows->upper_);
  ReadColumn(head, size, pending, rows->known_);
  ReadColumn(head, size, pending, rows->stored_);
  const uint64_t reasons = head.Count(1, "reasons");
  for (uint64_t i = 0; i < reasons; ++i) {
    rows->reasons_.emplace_back(head.String("reason"));
  }
  rows->states_ = head.U64("states");
  rows->first_known_.resize(axes.size() + 1);
  for (TableRows::FirstKnown& members : rows->first_known_) {
    members.resize(head.Count(2, "members"));
    for (auto& [member, time] : members) {
      member = static_cast<MemberId>(head.Varint("member"));
      time = head.ZigZag("first known");
    }
  }
  const uint64_t starts = head.Varint("starts");
  if (starts > reader.bytes_left() / sizeof(uint32_t)) {
    head.Fail("more starts than bytes");
  }
  head.ExpectEnd("the head");
  if (!head.ok()) return head.status();
  rows->starts_.resize(starts);
  pending.push_back({starts * sizeof(uint32_t),
                     reinterpret_cast<char*>(rows->starts_.data())});
  for (const Pending& block : pending) {
    COLLATE_RETURN_IF_ERROR(reader.Next(block.size, block.to));
  }
  COLLATE_RETURN_IF_ERROR(reader.ExpectEnd());
  COLLATE_RETURN_IF_ERROR(Check(*rows, axes, reporters, releases));
  return rows;
}

// What was written was right, and what is read was written: that much is left
// to the checksums. This is what reading beside an array would take.
absl::Status TableFile::Check(const TableRows& rows,
                              absl::Span<const Dimension* const> axes,
                              const Dimension& reporters, size_t releases) {
  bool good =
      AllBelow(rows.period_.codes(), rows.period_.values().size()) &&
      AllBelow(rows.attributes_.codes(), rows.attributes_.values().size()) &&
      AllBelow(rows.known_.codes(), rows.known_.values().size()) &&
      AllBelow(rows.state_, vocabulary::kStateCount);
  for (const TableRows::Attributes& one : rows.attributes_.values()) {
    good = good && one.reason < rows.reasons_.size();
  }
  for (const TableRows::Known& known : rows.known_.values()) {
    good = good && known.release < releases;
  }
  size_t combinations = 1;
  for (size_t axis = 0; axis <= axes.size(); ++axis) {
    const TableRows::FirstKnown& members = rows.first_known_[axis];
    good = good &&
           AreMembers(members, axis < axes.size() ? *axes[axis] : reporters);
    combinations *= members.size();
  }
  if (const std::vector<uint32_t>& starts = rows.starts_; !starts.empty()) {
    good = good && starts.size() == combinations + 1 && starts.front() == 0 &&
           starts.back() == rows.size() &&
           std::is_sorted(starts.begin(), starts.end());
  }
  return good ? absl::OkStatus()
              : store::CorruptStore("a kept table has numbers of nothing");
}

}  // namespace collate::query
