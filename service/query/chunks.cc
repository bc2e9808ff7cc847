#include "service/query/chunks.h"

#include <algorithm>

namespace collate::query {

std::pair<uint32_t, uint32_t> Chunks::Find(uint32_t row) const {
  const auto after = std::upper_bound(summaries_.begin(), summaries_.end(), row,
                                      [](uint32_t wanted, const Summary& one) {
                                        return wanted < one.first_row;
                                      });
  const auto chunk = static_cast<size_t>(after - summaries_.begin()) - 1;
  return {static_cast<uint32_t>(chunk), row - summaries_[chunk].first_row};
}

const Chunks::Stated* Chunks::FindStated(uint32_t chunk, uint32_t row) const {
  const auto& stated = summaries_[chunk].stated;
  const auto at = stated.find(row);
  return at == stated.end() ? nullptr : &at->second;
}

size_t Chunks::byte_count() const {
  size_t bytes = summaries_.capacity() * sizeof(Summary);
  for (const Summary& summary : summaries_) {
    bytes += summary.slice.axes.capacity() * sizeof(store::Axis) +
             summary.stated.capacity() * sizeof(*summary.stated.begin());
    for (const auto& [row, stated] : summary.stated) {
      bytes += stated.coverage.size() + stated.printed_by.size();
    }
  }
  return bytes;
}

std::vector<Chunks::Summary> SummariesOf(
    const std::vector<store::Observations>& observations) {
  std::vector<Chunks::Summary> summaries;
  uint32_t first_row = 0;
  for (const store::Observations& chunk : observations) {
    const auto rows = static_cast<uint32_t>(chunk.row_count());
    Chunks::Summary& summary = summaries.emplace_back(Chunks::Summary{
        .slice = chunk.slice, .row_count = rows, .first_row = first_row});
    const store::Observations::Stated& stated = chunk.stated;
    for (uint32_t row = 0; row < rows && !stated.empty(); ++row) {
      if (stated.reporters[row] == 0 && stated.coverage[row] == 0 &&
          stated.printed_by[row] == 0) {
        continue;
      }
      summary.stated.try_emplace(
          row, Chunks::Stated{stated.reporters[row],
                              chunk.strings[stated.coverage[row]],
                              chunk.strings[stated.printed_by[row]]});
    }
    first_row += rows;
  }
  return summaries;
}

ChunksInMemory::ChunksInMemory(std::vector<store::Observations> observations)
    : Chunks(SummariesOf(observations)) {
  for (store::Observations& chunk : observations) {
    observations_.push_back(
        std::make_shared<const store::Observations>(std::move(chunk)));
  }
}

absl::StatusOr<std::shared_ptr<const store::Observations>> ChunksInMemory::Read(
    uint32_t chunk) const {
  return observations_[chunk];
}

}  // namespace collate::query
