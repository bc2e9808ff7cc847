#include "service/store/clickhouse_seeker.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/clickhouse_client.h"
#include "service/store/document_blocks.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

using Rows = ObservationIndex::Found::Rows;
using Chunk = ObservationIndex::Chunk;
using Unreachable = std::vector<std::pair<Chunk, absl::Status>>;

// Rows of the chunks that one statement looks through.
constexpr int64_t kRowsAtOnce = 4'000'000;

// Asks all at once.
class Questions {
 public:
  ~Questions() { Wait(); }

  void Ask(std::function<void()> question) {
    asking_.emplace_back(std::move(question));
  }
  void Wait() {
    for (std::thread& one : asking_) one.join();
    asking_.clear();
  }

 private:
  std::vector<std::thread> asking_;
};

// What all shards say, each asked for its parts; those that are out of reach
// are nullopt, with their chunks in `unreachable`.
template <typename T>
absl::StatusOr<std::map<uint32_t, T>> AskAll(
    const std::map<uint32_t, std::vector<ShardPart>>& by_shard,
    const std::function<absl::StatusOr<T>(uint32_t,
                                          const std::vector<ShardPart>&)>& ask,
    Unreachable* unreachable) {
  std::map<uint32_t, absl::StatusOr<T>> answers;
  Questions questions;
  for (const auto& [shard, parts] : by_shard) {
    absl::StatusOr<T>& answer = answers[shard];
    questions.Ask([&ask, &answer, shard = shard, parts = &parts] {
      answer = ask(shard, *parts);
    });
  }
  questions.Wait();
  std::map<uint32_t, T> all;
  for (auto& [shard, answer] : answers) {
    if (answer.ok()) {
      all.emplace(shard, *std::move(answer));
      continue;
    }
    if (!absl::IsUnavailable(answer.status())) return answer.status();
    for (const ShardPart& part : by_shard.at(shard)) {
      for (const ShardPart::Chunk& chunk : part.chunks) {
        unreachable->emplace_back(Chunk{chunk.release, chunk.number},
                                  answer.status());
      }
    }
  }
  return all;
}

// The parts of which some rows are not told by their sums.
std::vector<ShardPart> Narrowing(const std::vector<ShardPart>& parts) {
  std::vector<ShardPart> narrowing;
  for (const ShardPart& part : parts) {
    if (part.narrows()) narrowing.push_back(part);
  }
  return narrowing;
}

}  // namespace

absl::StatusOr<const Shard*> ShardAt(const Shards& shards, uint32_t number) {
  if (number < shards.size()) return shards[number].get();
  return base::Error(absl::StatusCode::kFailedPrecondition, "INVALID_CONFIG",
                     absl::StrCat("the store has data on shard ", number + 1,
                                  "; the configuration names ", shards.size()))
      .With("shard", absl::StrCat(number + 1));
}

absl::StatusOr<std::vector<std::pair<Slice, int64_t>>>
ClickHouseSeeker::CountRows(absl::string_view release) const {
  COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const Directory> directory,
                           directory_of_(release));
  std::vector<std::pair<Slice, int64_t>> counts;
  for (const ChunkPlace& place : directory->chunks) {
    Reader reader(place.slice, "slice");
    Slice slice = ReadSlice(reader);
    if (!reader.ok()) return shards_[0]->Named(reader.status());
    if (counts.empty() || counts.back().first != slice) {
      counts.emplace_back(std::move(slice), 0);
    }
    counts.back().second += place.rows;
  }
  return counts;
}

absl::StatusOr<ClickHouseSeeker::ByShard> ClickHouseSeeker::PlaceParts(
    const std::vector<Wanted>& wanted) const {
  ByShard by_shard;
  for (const Wanted& one : wanted) {
    std::map<uint32_t, ShardPart> parts;
    for (const Chunk& chunk : one.chunks) {
      COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const Directory> directory,
                               directory_of_(chunk.release));
      if (chunk.chunk >= directory->chunks.size()) {
        return ChunkNotFound(chunk.release,
                             static_cast<int64_t>(directory->chunks.size()),
                             chunk.chunk);
      }
      const ChunkPlace& place = directory->chunks[chunk.chunk];
      ShardPart& part = parts[place.shard];
      part.wanted = &one;
      part.chunks.push_back({chunk.release, chunk.chunk, place});
    }
    for (auto& [shard, part] : parts) {
      by_shard[shard].push_back(std::move(part));
    }
  }
  return by_shard;
}

absl::Status ClickHouseSeeker::AskCounted(
    uint32_t number, const std::vector<ShardPart>& parts,
    const std::function<void()>& ask) const {
  COLLATE_ASSIGN_OR_RETURN(const Shard* shard, ShardAt(shards_, number));
  const ClickHouseClient& client = shard->tables();
  std::vector<std::pair<uint64_t, uint32_t>> chunks;
  for (const ShardPart& part : parts) {
    for (const ShardPart::Chunk& chunk : part.chunks) {
      chunks.emplace_back(ReleaseNumber(chunk.release), chunk.number);
    }
  }
  if (chunks.empty()) {
    ask();
    return absl::OkStatus();
  }
  std::string known;
  {
    const std::lock_guard<std::mutex> lock(counted_mutex_);
    const Counted& counted = counted_[number];
    if (std::all_of(chunks.begin(), chunks.end(), [&](const auto& chunk) {
          return counted.chunks.contains(chunk);
        })) {
      known = counted.parts;
    }
  }
  if (!known.empty()) {
    absl::StatusOr<std::string> now;
    {
      Questions questions;
      questions.Ask([&] { now = client.Query(kSelectParts); });
      ask();
    }
    COLLATE_RETURN_IF_ERROR(now.status());
    if (*now == known) return absl::OkStatus();
    COLLATE_ASSIGN_OR_RETURN(const std::string stored,
                             client.Query(CountStored(parts)));
    return CheckStored(stored, parts);
  }
  absl::StatusOr<std::string> stored;
  absl::StatusOr<std::string> before;
  {
    Questions questions;
    questions.Ask([&] {
      before = client.Query(kSelectParts);
      if (before.ok()) stored = client.Query(CountStored(parts));
    });
    ask();
  }
  COLLATE_RETURN_IF_ERROR(before.status());
  COLLATE_RETURN_IF_ERROR(stored.status());
  COLLATE_RETURN_IF_ERROR(CheckStored(*stored, parts));
  COLLATE_ASSIGN_OR_RETURN(const std::string after, client.Query(kSelectParts));
  if (after != *before) return absl::OkStatus();
  const std::lock_guard<std::mutex> lock(counted_mutex_);
  Counted& counted = counted_[number];
  if (counted.parts != after) counted.chunks.clear();
  counted.parts = after;
  counted.chunks.insert(chunks.begin(), chunks.end());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Rows>> ClickHouseSeeker::FindOn(
    uint32_t number, const std::vector<ShardPart>& all, int64_t limit) const {
  COLLATE_ASSIGN_OR_RETURN(const Shard* shard, ShardAt(shards_, number));
  const ClickHouseClient& client = shard->tables();
  std::vector<Rows> found;
  for (const std::vector<ShardPart>& parts : Batches(all, kRowsAtOnce)) {
    absl::StatusOr<std::string> answer;
    const absl::Status counted = AskCounted(number, parts, [&] {
      answer = client.Query(SelectFound(parts, limit + 1));
    });
    if (!answer.ok()) return shard->Named(answer.status());
    COLLATE_RETURN_IF_ERROR(shard->Named(counted));
    absl::StatusOr<std::vector<Rows>> rows = ReadFound(*answer, parts);
    if (!rows.ok()) return shard->Named(rows.status());
    for (Rows& one : *rows) {
      limit -= static_cast<int64_t>(one.row.size());
      found.push_back(std::move(one));
    }
    if (limit < 0) break;
  }
  return found;
}

absl::Status ClickHouseSeeker::FetchLimit(int64_t rows, int64_t limit) const {
  return base::Error(
             absl::StatusCode::kResourceExhausted, "FETCH_LIMIT",
             absl::StrCat("the question needs ", rows,
                          " observations that are not in memory, and may fetch "
                          "no more than ",
                          limit,
                          " (store.clickhouse.max_fetched_observations): ask "
                          "for fewer members or reporters"))
      .With("observations", absl::StrCat(rows))
      .With("limit", absl::StrCat(limit));
}

absl::StatusOr<ObservationIndex::Found> ClickHouseSeeker::Find(
    const std::vector<Wanted>& wanted, int64_t limit) const {
  COLLATE_ASSIGN_OR_RETURN(const ByShard by_shard, PlaceParts(wanted));
  Found all;
  using Answer = std::vector<Rows>;
  COLLATE_ASSIGN_OR_RETURN(
      auto answers,
      AskAll<Answer>(
          by_shard,
          [&](uint32_t shard, const std::vector<ShardPart>& parts) {
            return FindOn(shard, parts, limit);
          },
          &all.unreachable));
  int64_t rows = 0;
  for (auto& [shard, found] : answers) {
    for (Rows& one : found) {
      rows += static_cast<int64_t>(one.row.size());
      all.rows.push_back(std::move(one));
    }
  }
  if (rows <= limit) return all;
  rows = 0;
  for (const auto& [number, parts] : by_shard) {
    COLLATE_ASSIGN_OR_RETURN(const Shard* shard, ShardAt(shards_, number));
    const absl::StatusOr<std::string> count =
        shard->tables().Query(CountFound(parts));
    if (!count.ok()) return shard->Named(count.status());
    int64_t more = 0;
    if (!absl::SimpleAtoi(*count, &more)) {
      return shard->Named(
          CorruptStore(absl::StrCat("'", *count, "' is no number of rows")));
    }
    rows += more;
  }
  return FetchLimit(rows, limit);
}

absl::StatusOr<std::string> ClickHouseSeeker::KeysOf(
    const std::vector<Chunk>& chunks, Unreachable* unreachable) const {
  const auto key_of = [](const Chunk& chunk) {
    return std::pair(ReleaseNumber(chunk.release), chunk.chunk);
  };
  Wanted missing;
  {
    const std::lock_guard<std::mutex> lock(keys_mutex_);
    for (const Chunk& chunk : chunks) {
      if (!keys_.contains(key_of(chunk))) missing.chunks.push_back(chunk);
    }
  }
  if (!missing.chunks.empty()) {
    // Statements are about one slice.
    std::map<std::string, Wanted> by_slice;
    for (const Chunk& chunk : missing.chunks) {
      COLLATE_ASSIGN_OR_RETURN(const auto directory,
                               directory_of_(chunk.release));
      by_slice[directory->chunks.at(chunk.chunk).slice].chunks.push_back(chunk);
    }
    std::vector<Wanted> wanted;
    for (auto& [slice, one] : by_slice) wanted.push_back(std::move(one));
    COLLATE_ASSIGN_OR_RETURN(const ByShard by_shard, PlaceParts(wanted));
    COLLATE_ASSIGN_OR_RETURN(
        auto answers,
        AskAll<KeysOfChunks>(
            by_shard,
            [&](uint32_t number, const std::vector<ShardPart>& parts)
                -> absl::StatusOr<KeysOfChunks> {
              COLLATE_ASSIGN_OR_RETURN(const Shard* shard,
                                       ShardAt(shards_, number));
              KeysOfChunks all;
              for (const ShardPart& part : parts) {
                const absl::StatusOr<std::string> rows =
                    shard->tables().Query(SelectKeys(part));
                if (!rows.ok()) return shard->Named(rows.status());
                absl::StatusOr<KeysOfChunks> keys = ReadKeys(*rows);
                if (!keys.ok()) return shard->Named(keys.status());
                for (const ShardPart::Chunk& chunk : part.chunks) {
                  std::string& one =
                      (*keys)[{ReleaseNumber(chunk.release), chunk.number}];
                  if (one.size() == sizeof(uint64_t) * chunk.place.rows) {
                    continue;
                  }
                  return shard->Named(CorruptStore(absl::StrCat(
                      "release ", chunk.release, ", chunk ", chunk.number, ": ",
                      one.size() / sizeof(uint64_t), " rows, expected ",
                      chunk.place.rows)));
                }
                for (auto& [key, one] : *keys) all[key] = std::move(one);
              }
              return all;
            },
            unreachable));
    const std::lock_guard<std::mutex> lock(keys_mutex_);
    for (auto& [shard, keys] : answers) {
      for (auto& [key, one] : keys) keys_[key] = std::move(one);
    }
  }
  std::string all;
  const std::lock_guard<std::mutex> lock(keys_mutex_);
  for (const Chunk& chunk : chunks) {
    const auto found = keys_.find(key_of(chunk));
    if (found != keys_.end()) all += found->second;
  }
  return all;
}

absl::StatusOr<std::vector<std::string>> ClickHouseSeeker::SumOn(
    uint32_t number, const std::vector<ShardPart>& parts,
    const std::vector<size_t>& by, const std::string& keys) const {
  COLLATE_ASSIGN_OR_RETURN(const Shard* shard, ShardAt(shards_, number));
  std::vector<std::string> answers;
  absl::Status status;
  const absl::Status counted = AskCounted(number, Narrowing(parts), [&] {
    for (const ShardPart& part : parts) {
      const WithTables statement = SelectSums(part, by, keys);
      absl::StatusOr<std::string> answer =
          shard->tables().QueryWith(statement.sql, statement.tables);
      status.Update(answer.status());
      if (!answer.ok()) return;
      answers.push_back(*std::move(answer));
    }
  });
  COLLATE_RETURN_IF_ERROR(shard->Named(status));
  COLLATE_RETURN_IF_ERROR(shard->Named(counted));
  return answers;
}

absl::StatusOr<ObservationIndex::Sums> ClickHouseSeeker::Sum(
    const SumsWanted& wanted, int64_t limit) const {
  Unreachable unreachable;
  const auto without = [&unreachable] {
    Sums none;
    none.unreachable = std::move(unreachable);
    return none;
  };
  COLLATE_ASSIGN_OR_RETURN(const ByShard by_shard, PlaceParts(wanted.rows));
  COLLATE_ASSIGN_OR_RETURN(const std::string keys,
                           KeysOf(wanted.shared, &unreachable));
  if (!unreachable.empty()) return without();
  COLLATE_ASSIGN_OR_RETURN(
      auto answers,
      AskAll<std::vector<std::string>>(
          by_shard,
          [&](uint32_t shard, const std::vector<ShardPart>& parts) {
            return SumOn(shard, parts, wanted.by, keys);
          },
          &unreachable));
  if (!unreachable.empty()) return without();
  SumsReader reader;
  for (const auto& [number, answer] : answers) {
    const std::vector<ShardPart>& parts = by_shard.at(number);
    for (size_t i = 0; i < parts.size(); ++i) {
      const absl::StatusOr<uint64_t> rows =
          reader.Read(answer[i], parts[i], wanted.by.size(), !keys.empty());
      if (!rows.ok()) return shards_[number]->Named(rows.status());
      if (reader.found() > limit) return FetchLimit(reader.found(), limit);
      if (parts[i].narrows()) continue;
      uint64_t expected = 0;
      for (const ShardPart::Chunk& chunk : parts[i].chunks) {
        expected += chunk.place.rows;
      }
      if (*rows == expected) continue;
      return shards_[number]->Named(CorruptStore(absl::StrCat(
          *rows, " rows of ", parts[i].chunks.size(), " chunks, of ",
          parts[i].chunks[0].release, " among others, expected ", expected)));
    }
  }
  return std::move(reader).Take();
}

}  // namespace collate::store
