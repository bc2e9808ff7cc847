#include "tests/service/store/observations_testing.h"

#include <algorithm>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/base/digest.h"
#include "service/store/columns.h"

namespace collate::store {
namespace {

// A number of [least, most], often an end of it.
int64_t RandomIn(std::mt19937_64& random, int64_t least, int64_t most) {
  switch (random() % 8) {
    case 0:
      return least;
    case 1:
      return most;
    default:
      return std::uniform_int_distribution<int64_t>(least, most)(random);
  }
}

// Narrows [least, most], so that every encoding has its turn.
void Narrow(std::mt19937_64& random, int64_t* least, int64_t* most) {
  static constexpr int64_t kRanges[] = {0, 1, 200, 60000, 5000000};
  const uint64_t kind = random() % 6;
  if (kind == 5) return;
  const uint64_t range =
      static_cast<uint64_t>(*most) - static_cast<uint64_t>(*least);
  const int64_t width = static_cast<int64_t>(
      std::min<uint64_t>(range, static_cast<uint64_t>(kRanges[kind])));
  *least = RandomIn(random, *least, *most - width);
  *most = *least + width;
}

}  // namespace

Observations RandomObservations(std::mt19937_64& random, size_t rows,
                                size_t axes) {
  Observations o;
  o.slice.measure = absl::StrCat("measure_", random() % 3);
  o.slice.universe = random() % 2 == 0 ? "" : "platform_known";
  o.slice.partition = static_cast<Partition>(1 + random() % 3);
  o.slice.aggregation = static_cast<Aggregation>(1 + random() % 3);
  o.slice.floor = static_cast<Floor>(1 + random() % 2);
  for (size_t a = 0; a < axes; ++a) {
    o.slice.axes.push_back(
        {absl::StrFormat("axis_%02d", a), random() % 4 == 0 ? "" : "level"});
  }
  o.axes.resize(axes);
  o.scale = static_cast<int32_t>(RandomIn(random, -18, 18));
  const size_t strings = random() % 400;
  for (size_t s = 0; s < strings; ++s) {
    // Some texts occur twice, some hold zero bytes or no UTF-8.
    o.strings.push_back(Bytes(random() % 350, random() % 12));
  }
  for (Observations::AxisColumn& axis : o.axes) {
    axis.member.resize(rows);
    axis.label.resize(rows);
  }
  o.reporter.member.resize(rows);
  o.reporter.label.resize(rows);
  o.period_begin.resize(rows);
  o.period_end.resize(rows);
  o.period_kind.resize(rows);
  o.period_text.resize(rows);
  o.state.resize(rows);
  o.flags.resize(rows);
  o.has.resize(rows);
  o.value.resize(rows);
  o.lower.resize(rows);
  o.upper.resize(rows);
  o.raw.resize(rows);
  o.reason.resize(rows);
  o.records.resize(rows);
  o.locator.resize(rows);
  if (random() % 2 == 0) {
    o.stated.reporters.resize(rows);
    o.stated.coverage.resize(rows);
    o.stated.printed_by.resize(rows);
  }
  VisitColumns(o, [&](const ColumnInfo& info, size_t, const auto& at) {
    int64_t least = info.least;
    int64_t most = info.most;
    Narrow(random, &least, &most);
    for (size_t row = 0; row < rows; ++row) {
      at(row) = static_cast<std::remove_reference_t<decltype(at(row))>>(
          RandomIn(random, least, most));
    }
    return true;
  });
  return o;
}

Observations PoliceObservations(size_t rows) {
  Observations o;
  o.slice.measure = "recorded_offences";
  o.slice.axes = {{"offence", "offence"}};
  o.slice.partition = Partition::kComplete;
  o.axes.resize(1);
  const auto string = [&o](const std::string& text) {
    o.strings.push_back(text);
    return static_cast<uint32_t>(o.strings.size() - 1);
  };
  std::vector<uint32_t> forces;
  for (int f = 0; f < 44; ++f) forces.push_back(string(absl::StrCat("f", f)));
  std::vector<uint32_t> offences;
  for (int f = 0; f < 132; ++f) {
    offences.push_back(string(absl::StrCat(f, "A Some offence")));
  }
  std::vector<uint32_t> tokens;
  for (int t = 0; t < 500; ++t) tokens.push_back(string(absl::StrCat(t)));
  const uint32_t quarter = string("2017/18 Q1");
  for (size_t row = 0; row < rows; ++row) {
    const uint32_t force = forces[row % forces.size()];
    const uint32_t offence = offences[(row / forces.size()) % offences.size()];
    const int32_t begin = 17000 + 91 * static_cast<int32_t>(row / (44 * 132));
    const size_t count = row * row % tokens.size();
    o.reporter.member.push_back(force);
    o.reporter.label.push_back(force);
    o.axes[0].member.push_back(offence);
    o.axes[0].label.push_back(offence);
    o.period_begin.push_back(begin);
    o.period_end.push_back(begin + 91);
    o.period_kind.push_back(vocabulary::PeriodKind::kFinancialQuarter);
    o.period_text.push_back(quarter);
    o.state.push_back(vocabulary::State::kReported);
    o.flags.push_back(0);
    o.has.push_back(kHasValue);
    o.value.push_back(static_cast<int64_t>(count));
    o.lower.push_back(0);
    o.upper.push_back(0);
    o.raw.push_back(tokens[count]);
    o.reason.push_back(0);
    o.records.push_back(0);
    Locator locator;
    locator.row = static_cast<uint32_t>(row + 2);
    locator.column = 8;
    locator.line = row + 2;
    o.locator.push_back(locator);
  }
  return o;
}

std::string DescribeRow(const Observations& o, size_t row) {
  const auto text = [&o](uint32_t id) {
    return absl::StrCat("'", absl::CHexEscape(o.strings[id]), "'");
  };
  std::string out = absl::StrCat(
      "reporter ", text(o.reporter.member[row]), " ",
      text(o.reporter.label[row]), " period ", o.period_begin[row], " ",
      o.period_end[row], " ", static_cast<int>(o.period_kind[row]), " ",
      text(o.period_text[row]), " state ", static_cast<int>(o.state[row]),
      " flags ", o.flags[row], " has ", o.has[row], " ", o.value[row], " ",
      o.lower[row], " ", o.upper[row]);
  absl::StrAppend(&out, " raw ", text(o.raw[row]), " reason ",
                  text(o.reason[row]), " records ", o.records[row]);
  if (!o.stated.empty()) {
    absl::StrAppend(&out, " stated ", o.stated.reporters[row], " ",
                    text(o.stated.coverage[row]), " ",
                    text(o.stated.printed_by[row]));
  }
  const Locator& at = o.locator[row];
  absl::StrAppend(&out, " at ", at.document, " ", text(at.part), " ",
                  text(at.sheet), " ", at.row, " ", at.column, " ");
  absl::StrAppend(&out, at.row_end, " ", at.column_end, " ", at.line);
  for (const Observations::AxisColumn& axis : o.axes) {
    absl::StrAppend(&out, " axis ", text(axis.member[row]), " ",
                    text(axis.label[row]));
  }
  return out;
}

std::string Describe(const Observations& o) {
  std::string out =
      absl::StrCat(o.slice.measure, " of '", o.slice.universe, "' ",
                   static_cast<int>(o.slice.partition), " ",
                   static_cast<int>(o.slice.aggregation), " ",
                   static_cast<int>(o.slice.floor), " scale ", o.scale);
  for (const Axis& axis : o.slice.axes) {
    absl::StrAppend(&out, " ", axis.dimension, "@", axis.level);
  }
  for (const std::string& text : o.strings) {
    absl::StrAppend(&out, "\n'", absl::CHexEscape(text), "'");
  }
  VisitColumns(o, [&out](const ColumnInfo& info, size_t rows, const auto& at) {
    absl::StrAppend(&out, "\n", info.name);
    for (size_t row = 0; row < rows; ++row) {
      absl::StrAppend(&out, " ", static_cast<int64_t>(at(row)));
    }
    return true;
  });
  return out;
}

std::vector<std::string> SortedRows(const std::vector<Observations>& parts) {
  std::vector<std::string> rows;
  for (const Observations& part : parts) {
    for (size_t row = 0; row < part.row_count(); ++row) {
      rows.push_back(
          absl::StrCat(part.slice.measure, " ", DescribeRow(part, row)));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string Bytes(uint64_t seed, size_t size) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

DocumentReader ReaderOf(std::string bytes) {
  return [bytes = std::move(bytes)](
             int64_t offset, int64_t max_bytes) -> absl::StatusOr<std::string> {
    return bytes.substr(static_cast<size_t>(offset),
                        static_cast<size_t>(max_bytes));
  };
}

ReleaseDraft MakeDraft(const std::string& source, uint64_t seed, size_t rows,
                       size_t document_size) {
  std::mt19937_64 random(seed);
  ReleaseDraft draft;
  Release& release = draft.release;
  const std::string bytes = Bytes(seed, document_size);
  const std::string sha256 = base::Sha256Hex(bytes);
  release.source = source;
  release.name =
      absl::StrFormat("sources/%s/releases/20240131-%012x", source, seed);
  release.publish_time = absl::FromUnixSeconds(1706659200 + 86400 * seed);
  release.load_time = absl::FromUnixMicros(1767225600123456 + 1000 * seed);
  release.edition = absl::StrCat("edition ", seed);
  release.documents = {{absl::StrCat("file ", seed, ".csv"), "text/csv", sha256,
                        static_cast<int64_t>(bytes.size()), true}};
  release.adapter_id = "test_adapter";
  release.adapter_version = "1.2.3";
  release.adapter_sha256 = std::string(64, 'a');
  release.vocabulary_sha256 = std::string(64, 'b');
  release.manifest = Bytes(seed + 1, 100);
  release.report = Bytes(seed + 2, 500);
  release.synthetic = seed % 2 == 1;
  draft.contents = {ReaderOf(bytes)};
  if (rows > 0) {
    draft.observations.push_back(RandomObservations(random, rows, seed % 3));
    for (Locator& locator : draft.observations[0].locator) {
      locator.document = 0;
    }
    Extent& extent = release.extents.emplace_back();
    extent.slice = draft.observations[0].slice;
    extent.reporters = {"f1", "f2"};
    extent.periods = {{17000, 17090},
                      {17090, vocabulary::kOpenEnd},
                      {vocabulary::kOpenBegin, 1}};
  }
  return draft;
}

}  // namespace collate::store
