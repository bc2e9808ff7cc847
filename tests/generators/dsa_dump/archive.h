// A dump as its publisher packs it: sor-global-2024-03-14-full.zip holds
// ...-00000.csv.zip of up to a million records, which holds
// ...-00000-00000.csv of 100,000. Written as it is made; what is held is one
// packed CSV.

#ifndef COLLATE_TESTS_GENERATORS_DSA_DUMP_ARCHIVE_H_
#define COLLATE_TESTS_GENERATORS_DSA_DUMP_ARCHIVE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tests/generators/dsa_dump/dump.h"

namespace collate::dsa_dump {

enum class Shape {
  kCsv,             // one text
  kZipOfCsv,        // as before April 2024
  kZipInZip,        // the inner ones stored
  kZipInZipPacked,  // the inner ones deflated once more
};

struct Packing {
  Shape shape = Shape::kZipInZip;
  uint64_t records_per_csv = 100'000;
  uint64_t csvs_per_zip = 10;
  int level = 6;          // of deflate; 0 stores
  bool streamed = false;  // sizes and checksums follow their members
  std::string folder;     // before the names of the members, "a/"
};

using Sink = std::function<void(std::string_view bytes)>;

// Writes the dump to the end and returns what is in it.
Truth WriteDump(const Options& options, const Packing& packing,
                const Sink& sink);
// The same in memory, for tests.
std::string DumpBytes(const Options& options, const Packing& packing,
                      Truth* truth);
// sor-global-2024-03-14-full.zip
std::string FileName(const Options& options, const Packing& packing);

// A zip archive that is written front to back.
class ZipWriter {
 public:
  ZipWriter(Sink sink, int level, bool streamed)
      : sink_(std::move(sink)), level_(level), streamed_(streamed) {}

  // A member's bytes come piece by piece until `next` appends none.
  void Add(const std::string& name, int level,
           const std::function<bool(std::string*)>& next);
  void Add(const std::string& name, std::string_view bytes, int level);
  // The directory, after the last member.
  void Finish();
  uint64_t written() const { return written_; }

 private:
  void Put(std::string_view bytes);

  Sink sink_;
  int level_;
  bool streamed_;
  uint64_t written_ = 0;
  uint64_t members_ = 0;
  std::string directory_;
};

}  // namespace collate::dsa_dump

#endif  // COLLATE_TESTS_GENERATORS_DSA_DUMP_ARCHIVE_H_
