#include "service/query/fetching.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "service/base/status_macros.h"
#include "service/query/outline.h"
#include "service/query/table_builder.h"

namespace collate::query {
namespace {

using store::ObservationIndex;
using store::Slice;
using vocabulary::MemberId;

const std::set<MemberId>* WantedAlong(const FetchScope::OfMeasure& scope,
                                      const std::string& dimension) {
  const auto found = scope.members.find(dimension);
  return found == scope.members.end() ? nullptr : &found->second;
}

// Whether a chunk may have rows with one of the members.
bool MayHold(const Outline::Codes& codes, const std::set<MemberId>* members) {
  return members == nullptr || !codes.loose.empty() ||
         std::any_of(codes.of_member.begin(), codes.of_member.end(),
                     [members](const auto& one) {
                       return members->contains(one.first);
                     });
}

// What the chunks of one slice are asked for.
struct Question {
  struct Codes {
    const std::set<MemberId>* members = nullptr;  // null = all
    std::set<std::string> wanted;
    std::set<std::string> loose;
    bool narrows = false;  // some code is not wanted

    void Add(const Outline::Codes& codes) {
      loose.insert(codes.loose.begin(), codes.loose.end());
      if (members == nullptr) return;
      for (const auto& [member, of_member] : codes.of_member) {
        if (members->contains(member)) {
          wanted.insert(of_member.begin(), of_member.end());
        } else {
          narrows = true;
        }
      }
    }
    ObservationIndex::Codes Take() const {
      ObservationIndex::Codes codes;
      codes.loose.assign(loose.begin(), loose.end());
      if (!narrows) return codes;
      codes.wanted.emplace(wanted.begin(), wanted.end());
      // Their labels may make them one of the wanted.
      codes.wanted->insert(codes.wanted->end(), loose.begin(), loose.end());
      return codes;
    }
  };

  std::vector<ObservationIndex::Chunk> chunks;
  std::vector<Codes> axes;
  Codes reporter;
};

std::vector<ObservationIndex::Wanted> WantedRows(const Snapshot& outer,
                                                 const FetchScope& scope) {
  std::map<Slice, Question> questions;
  for (const auto& loaded : outer.releases()) {
    if (loaded->outline == nullptr || !loaded->problem.ok()) continue;
    for (const Outline::OfChunk& chunk : loaded->outline->chunks) {
      const Slice& slice = loaded->chunks->summaries()[chunk.chunk].slice;
      const auto found = scope.measures.find(slice.measure);
      if (found == scope.measures.end()) continue;
      const FetchScope::OfMeasure& wanted = found->second;
      const std::set<MemberId>* reporters =
          wanted.reporters.has_value() ? &*wanted.reporters : nullptr;
      // A row of an unknown label is wanted whatever else it is of.
      bool loose = !chunk.reporters.loose.empty();
      bool may_hold = MayHold(chunk.reporters, reporters);
      for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
        loose = loose || !chunk.axes[axis].loose.empty();
        may_hold = may_hold &&
                   MayHold(chunk.axes[axis],
                           WantedAlong(wanted, slice.axes[axis].dimension));
      }
      if (!loose && !may_hold) continue;
      Question& question = questions[slice];
      question.chunks.push_back({loaded->release.name, chunk.chunk});
      question.axes.resize(chunk.axes.size());
      for (size_t axis = 0; axis < chunk.axes.size(); ++axis) {
        question.axes[axis].members =
            WantedAlong(wanted, slice.axes[axis].dimension);
        question.axes[axis].Add(chunk.axes[axis]);
      }
      question.reporter.members = reporters;
      question.reporter.Add(chunk.reporters);
    }
  }
  std::vector<ObservationIndex::Wanted> all;
  for (auto& [slice, question] : questions) {
    ObservationIndex::Wanted& one = all.emplace_back();
    one.chunks = std::move(question.chunks);
    for (const Question::Codes& codes : question.axes) {
      one.axes.push_back(codes.Take());
    }
    one.reporter = question.reporter.Take();
  }
  return all;
}

}  // namespace

std::vector<SliceTable> TablesOf(
    const Snapshot& outer,
    const std::vector<ObservationIndex::Found::Rows>& rows) {
  TableBuilder builder(outer.vocabulary(), nullptr);
  builder.MakePartsOf(&outer);
  absl::flat_hash_map<std::string, size_t> numbers;
  for (const auto& loaded : outer.releases()) {
    numbers.emplace(loaded->release.name, numbers.size());
    builder.Add(loaded, {});
  }
  std::vector<uint32_t> stored;
  for (const ObservationIndex::Found::Rows& one : rows) {
    const size_t number = numbers.at(one.release);
    const auto& summaries = outer.releases()[number]->chunks->summaries();
    stored.clear();
    for (size_t i = 0; i < one.row.size(); ++i) {
      stored.push_back(summaries[one.chunk[i]].first_row + one.row[i]);
    }
    builder.AddFetched(number, one.observations, stored);
  }
  std::vector<std::shared_ptr<const LoadedRelease>> releases;
  std::vector<SliceTable> tables;
  std::move(builder).Build(&releases, &tables);
  return tables;
}

absl::StatusOr<Fetched> FetchRows(const Snapshot& outer,
                                  const ObservationIndex& index,
                                  FetchScope scope, int64_t limit) {
  Fetched fetched;
  ObservationIndex::Found found;
  const std::vector<ObservationIndex::Wanted> wanted = WantedRows(outer, scope);
  if (!wanted.empty()) {
    COLLATE_ASSIGN_OR_RETURN(found, index.Find(wanted, limit));
  }
  if (!found.unreachable.empty()) {
    std::map<std::string, absl::Status> problems;
    for (const auto& [chunk, problem] : found.unreachable) {
      problems.emplace(chunk.release, problem);
    }
    for (uint32_t i = 0; i < outer.releases().size(); ++i) {
      const auto problem = problems.find(outer.releases()[i]->release.name);
      if (problem == problems.end()) continue;
      fetched.unreachable.emplace_back(i, problem->second);
    }
    return fetched;
  }
  std::map<std::pair<std::string, Slice>, SliceTable> made;
  for (SliceTable& table : TablesOf(outer, found.rows)) {
    std::pair<std::string, Slice> key(table.source, table.slice);
    made.emplace(std::move(key), std::move(table));
  }
  std::vector<SliceTable> tables;
  for (const SliceTable& table : outer.tables()) {
    SliceTable& here = tables.emplace_back(table);
    if (!table.away || !scope.measures.contains(table.slice.measure)) continue;
    const auto rows = made.find({table.source, table.slice});
    if (rows != made.end()) here = std::move(rows->second);
    here.away = false;
  }
  fetched.snapshot = outer.With(
      std::move(tables), std::make_shared<const FetchScope>(std::move(scope)));
  return fetched;
}

bool LacksForNow(const Snapshot& answering, const Snapshot& current) {
  if (current.whole()) return false;
  std::set<std::string> unreadable;
  for (const auto& loaded : answering.releases()) {
    if (!loaded->problem.ok()) unreadable.insert(loaded->release.name);
  }
  return std::any_of(current.releases().begin(), current.releases().end(),
                     [&unreadable](const auto& loaded) {
                       return loaded->problem.ok() &&
                              unreadable.contains(loaded->release.name);
                     });
}

}  // namespace collate::query
