// Any bytes as the blocks of a kept table whose checksums hold: refused by
// name, or rows of which every one can be read and found, and which are written
// as they were.

#include <cstdint>
#include <string>
#include <vector>

#include "service/query/table_file.h"
#include "service/store/store.h"
#include "service/store/wire.h"
#include "tests/fuzz/service_checks.h"

namespace {

using collate::fuzz::Require;
using collate::query::TableFile;
using collate::query::TableRows;
using collate::vocabulary::Dimension;
using collate::vocabulary::Member;

constexpr size_t kReleases = 3;

absl::Status Corrupt() { return collate::store::CorruptStore("cut short"); }

// Blocks that stand after their size, 2 bytes.
class BlockReader final : public collate::store::KeptFileReader {
 public:
  explicit BlockReader(std::string bytes) : bytes_(std::move(bytes)) {}

  absl::StatusOr<std::string> Next() override {
    if (bytes_.size() - at_ < 2) return Corrupt();
    const size_t size = static_cast<uint8_t>(bytes_[at_]) |
                        static_cast<uint8_t>(bytes_[at_ + 1]) << 8;
    if (bytes_.size() - at_ - 2 < size) return Corrupt();
    at_ += 2 + size;
    return bytes_.substr(at_ - size, size);
  }
  absl::Status Next(size_t size, char* to) override {
    const auto block = Next();
    if (!block.ok()) return block.status();
    if (block->size() != size) return Corrupt();
    block->copy(to, size);
    return absl::OkStatus();
  }
  absl::Status ExpectEnd() override {
    return at_ == bytes_.size() ? absl::OkStatus() : Corrupt();
  }
  uint64_t bytes_left() const override { return bytes_.size() - at_; }

 private:
  const std::string bytes_;
  size_t at_ = 0;
};

class BlockWriter final : public collate::store::KeptFileWriter {
 public:
  absl::Status Add(absl::string_view block) override {
    bytes += static_cast<char>(block.size() & 0xff);
    bytes += static_cast<char>(block.size() >> 8);
    bytes.append(block.data(), block.size());
    return absl::OkStatus();
  }
  std::string bytes;
};

Dimension MakeDimension(const std::string& code,
                        const std::vector<std::string>& codes) {
  std::vector<Member> members;
  for (const std::string& one : codes) {
    members.push_back({.code = one, .title = "Title of " + one});
  }
  auto made = Dimension::Make(code, code, "", {{"only", "Only"}},
                              collate::vocabulary::Matching::kExact,
                              std::move(members));
  Require(made.ok(), "a dimension");
  return *std::move(made);
}

// Reads every column of every row; what they come to.
int64_t ReadEverything(const TableRows& rows) {
  int64_t sum = 0;
  std::vector<collate::vocabulary::MemberId> members(rows.axis_count());
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t axis = 0; axis < members.size(); ++axis) {
      members[axis] = rows.member(axis, row);
      (void)rows.PlaceOf(axis, members[axis]);
    }
    const auto [begin, end] = rows.Find(members, rows.reporter(row));
    Require(begin <= end && end <= rows.size(), "what is found is there");
    Require(rows.release(row) < kReleases, "a row has a release");
    sum ^= rows.value(row) ^ rows.lower(row) ^ rows.upper(row) ^
           static_cast<int64_t>(rows.reason(row).size()) ^
           rows.period(row).begin ^ rows.known_from(row) ^ rows.stored(row) ^
           static_cast<int64_t>(rows.state(row)) ^ rows.flags(row);
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Dimension offences = MakeDimension("offence", {"88A", "71"});
  static const Dimension reporters = MakeDimension("reporter", {"p", "q", "r"});
  const std::vector<const Dimension*> axes = {&offences};
  BlockReader reader(collate::fuzz::Text(data, size));
  const auto rows = TableFile::Read(axes, reporters, kReleases, reader);
  if (!rows.ok()) {
    collate::fuzz::RequireReason(rows.status(), "CORRUPT_STORE");
    return 0;
  }
  const int64_t sum = ReadEverything(**rows);
  BlockWriter writer;
  Require(TableFile::Write(**rows, writer).ok(), "a table can be written");
  BlockReader again_reader(writer.bytes);
  const auto again = TableFile::Read(axes, reporters, kReleases, again_reader);
  Require(again.ok() && (*again)->size() == (*rows)->size() &&
              ReadEverything(**again) == sum,
          "and be read again");
  BlockWriter again_writer;
  Require(TableFile::Write(**again, again_writer).ok() &&
              again_writer.bytes == writer.bytes,
          "as it was");
  return 0;
}
