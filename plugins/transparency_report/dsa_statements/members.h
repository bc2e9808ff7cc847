// The members of a zip archive, read front to back from a stream, so that an
// archive within another one needs no room of its own.
//
// Zip has two accounts of its members, a header before each and a directory at
// the end. The headers are believed, and the directory must say the same
// (ZIP_INCONSISTENT): else two readers would see two archives. An archive that
// ends too early is read as far as it goes.
//
// One thread at a time. The stream outlives what reads it.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_MEMBERS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_MEMBERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "plugins/tabular/status.h"
#include "plugins/transparency_report/dsa_statements/byte_stream.h"
#include "plugins/transparency_report/dsa_statements/losses.h"

namespace collate::transparency_report::dsa {

// What one document may become, all levels of archives together. The largest
// day known has 768 GB of CSV in 33 GB of archives.
struct InflateLimits {
  uint64_t csv_bytes = uint64_t{2} << 40;
  uint64_t archive_bytes = uint64_t{256} << 30;
  uint64_t entries = 100'000;
  uint64_t ratio = 200;  // inflated to packed, of one member ...
  uint64_t ratio_floor_bytes = uint64_t{4} << 20;  // ... that is larger
};

// Shared by all that is read of one document.
struct InflateBudget {
  InflateLimits limits;
  uint64_t csv_bytes = 0;
  uint64_t archive_bytes = 0;
  uint64_t entries = 0;

  tabular::Status SpendBytes(bool csv, uint64_t count);
  tabular::Status SpendEntry();
};

struct Member {
  std::string name;
  uint16_t method = 0;  // 0 stored, 8 deflated
  bool sizes_follow = false;
  bool zip64 = false;  // sizes that follow have eight bytes
  uint64_t packed = 0;
  uint64_t inflated = 0;
  uint32_t crc = 0;
};

// One member's bytes. Damage ends it early, see fault().
class MemberStream final : public ByteStream {
 public:
  MemberStream(BufferedStream& in, const Member& member, bool csv,
               InflateBudget& budget);
  ~MemberStream() override;

  tabular::Status Read(char* out, size_t n, size_t* got) override;
  // Leaves `in` behind the member where that can be told, else says so.
  tabular::Status SkipRest(bool* found);

  // Nothing as long as no damage is known; all is known at the end.
  const std::optional<ArchiveFault>& fault() const { return fault_; }
  uint64_t position() const { return inflated_; }
  const Member& member() const { return member_; }

 private:
  struct Inflater;

  tabular::Status ReadStored(char* out, size_t n, size_t* got);
  tabular::Status Inflate(char* out, size_t n, size_t* got);
  tabular::Status End();
  tabular::Status ReadFollowingSizes();

  BufferedStream& in_;
  Member member_;
  const bool csv_;
  InflateBudget& budget_;
  std::unique_ptr<Inflater> inflater_;
  uint64_t packed_ = 0;  // taken of the member
  uint64_t inflated_ = 0;
  uint32_t crc_ = 0;
  bool ended_ = false;
  std::optional<ArchiveFault> fault_;
};

class MemberReader {
 public:
  // `part` is named in errors.
  MemberReader(ByteStream& in, std::string part, InflateBudget& budget);

  // The next member, null after the last. What was open before is skipped.
  // `csv` says of a name what its bytes count against.
  tabular::Status Next(bool (*csv)(const std::string& name),
                       MemberStream** stream);

  // Damage of the archive itself, after which nothing more can be read.
  const std::optional<ArchiveFault>& fault() const { return fault_; }
  uint64_t position() const { return in_.taken(); }

 private:
  tabular::Status ReadHeader(Member* member, bool* found);
  tabular::Status CheckDirectory();
  tabular::Status Inconsistent(const std::string& what) const;
  // Of what both accounts say, added up in any order.
  static uint64_t DigestOf(const Member& member, uint64_t offset);

  BufferedStream in_;
  const std::string part_;
  InflateBudget& budget_;
  std::unique_ptr<MemberStream> stream_;
  uint64_t offset_ = 0;  // of the open member's header
  uint64_t digest_ = 0;
  uint64_t count_ = 0;
  bool ended_ = false;
  std::optional<ArchiveFault> fault_;
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_MEMBERS_H_
