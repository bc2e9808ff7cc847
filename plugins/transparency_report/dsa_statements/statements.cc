#include "plugins/transparency_report/dsa_statements/statements.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/zip_directory.h"
#include "plugins/transparency_report/dsa_statements/byte_stream.h"
#include "plugins/transparency_report/dsa_statements/layout.h"
#include "plugins/transparency_report/dsa_statements/part_reader.h"

namespace collate::transparency_report::dsa {
namespace {

using tabular::Error;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;
using tabular::ZipEntry;

constexpr std::string_view kZipMagic = "PK\x03\x04";

bool EndsIn(const std::string& name, std::string_view end) {
  return name.size() > end.size() &&
         tabular::SameName(
             std::string_view(name).substr(name.size() - end.size()), end);
}

// Some archivers put files of their own beside each: `._name`.
bool IsHidden(const std::string& name) {
  const size_t slash = name.rfind('/');
  return name.substr(slash == std::string::npos ? 0 : slash + 1, 2) == "._";
}

bool IsCsv(const std::string& name) {
  return EndsIn(name, ".csv") && !IsHidden(name);
}

bool IsPackedCsv(const std::string& name) {
  return EndsIn(name, ".csv.zip") && !IsHidden(name);
}

// How far the document was read.
class TrackedSource final : public tabular::ByteSource {
 public:
  explicit TrackedSource(tabular::ByteSource& source) : source_(source) {}

  uint64_t size() const override { return source_.size(); }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    const int64_t got = source_.ReadAt(offset, out, n);
    if (got > 0) position_ = offset + static_cast<uint64_t>(got);
    return got;
  }
  uint64_t position() const { return position_; }

 private:
  tabular::ByteSource& source_;
  uint64_t position_ = 0;
};

class Reading {
 public:
  Reading(tabular::ByteSource& source, const ReadOptions& options,
          Counter& counter, Losses& losses, ReadTotals* totals)
      : source_(source),
        counter_(counter),
        losses_(losses),
        totals_(totals),
        budget_{.limits = options.limits},
        reader_(options.isa, counter, losses, [this, &options] {
          return options.progress ? options.progress(source_.position())
                                  : OkStatus();
        }) {}

  Status Read() {
    char magic[4];
    const bool zip = source_.ReadAt(0, magic, sizeof magic) == sizeof magic &&
                     std::string_view(magic, sizeof magic) == kZipMagic;
    if (zip) return ReadArchive();
    RangeStream stream(source_, 0, source_.size());
    return ReadPart(stream, "", [] { return false; });
  }

 private:
  Status ReadPart(ByteStream& stream, const std::string& part,
                  const std::function<bool()>& cut_short) {
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Read(stream, part, cut_short));
    ++totals_->parts;
    totals_->csv_bytes += reader_.bytes();
    return OkStatus();
  }

  Status ReadArchive() {
    tabular::Limits limits;
    limits.bytes =
        std::max(budget_.limits.csv_bytes, budget_.limits.archive_bytes);
    limits.entries = budget_.limits.entries;
    limits.ratio = budget_.limits.ratio;
    limits.ratio_floor_bytes = budget_.limits.ratio_floor_bytes;
    std::vector<ZipEntry> entries;
    Status directory =
        tabular::ReadZipDirectory(source_, tabular::Budget(limits), &entries);
    if (!directory.ok()) {
      if (directory.error().reason != "ZIP_TRUNCATED") return directory;
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadTruncated());
    } else {
      for (const ZipEntry& entry : entries) {
        COLLATE_TABULAR_RETURN_IF_ERROR(budget_.SpendEntry());
        RangeStream range(source_, entry.end - entry.packed, entry.end);
        BufferedStream in(range);
        Member member;
        member.name = entry.name;
        member.method = entry.method;
        member.packed = entry.packed;
        member.inflated = entry.inflated;
        member.crc = entry.crc;
        MemberStream stream(in, member, IsCsv(entry.name), budget_);
        COLLATE_TABULAR_RETURN_IF_ERROR(
            ReadMember(stream, "", /*outermost=*/true));
      }
    }
    if (totals_->parts > 0 || losses_.archive_findings > 0) return OkStatus();
    return Status(
        Error{.reason = "NOTHING_TO_READ",
              .message = "the archive holds no CSV text",
              .expected = "members whose names end in .csv or .csv.zip",
              .found = losses_.members_not_read == 0
                           ? "nothing"
                           : Printable(losses_.first_not_read)});
  }

  // What there is before the end, by the headers alone.
  Status ReadTruncated() {
    RangeStream all(source_, 0, source_.size());
    MemberReader members(all, "", budget_);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ReadMembers(members, "", /*outermost=*/true));
    if (!members.fault().has_value()) {
      losses_.AddArchive(
          {.fault = ArchiveFault::kTruncated, .byte = source_.size()});
    }
    return OkStatus();
  }

  Status ReadMembers(MemberReader& members, const std::string& part,
                     bool outermost) {
    while (true) {
      MemberStream* stream = nullptr;
      COLLATE_TABULAR_RETURN_IF_ERROR(members.Next(&IsCsv, &stream));
      if (stream == nullptr) break;
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadMember(*stream, part, outermost));
    }
    if (members.fault().has_value()) {
      losses_.AddArchive({.fault = *members.fault(),
                          .part = part,
                          .byte = members.position()});
    }
    return OkStatus();
  }

  Status ReadMember(MemberStream& stream, const std::string& folder,
                    bool outermost) {
    const std::string& name = stream.member().name;
    if (!name.empty() && name.back() == '/') return OkStatus();
    const std::string part =
        folder.empty() ? ToText(name) : folder + '/' + ToText(name);
    const uint64_t counted = counter_.counted();
    const uint64_t findings = losses_.archive_findings;
    if (IsCsv(name)) {
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadPart(stream, part, [&stream] {
        return stream.fault().has_value() &&
               *stream.fault() != ArchiveFault::kChecksum;
      }));
    } else if (outermost && IsPackedCsv(name)) {
      MemberReader members(stream, part, budget_);
      COLLATE_TABULAR_RETURN_IF_ERROR(
          ReadMembers(members, part, /*outermost=*/false));
      // To its end, where its checksum is compared.
      char scratch[16384];
      for (size_t got = 1; got > 0;) {
        COLLATE_TABULAR_RETURN_IF_ERROR(
            stream.Read(scratch, sizeof scratch, &got));
      }
    } else {
      losses_.AddArchive({.fault = ArchiveFault::kNotRead, .part = part});
      return OkStatus();
    }
    // Where a member of it is told to be damaged, that says it all.
    if (stream.fault().has_value() && losses_.archive_findings == findings) {
      losses_.AddArchive({.fault = *stream.fault(),
                          .part = part,
                          .byte = stream.position(),
                          .records = counter_.counted() - counted});
    }
    return OkStatus();
  }

  // A member's name is any bytes; a report's text is UTF-8 on one line.
  static std::string ToText(const std::string& name) {
    const bool plain = std::none_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    std::string padded = name;
    padded.resize(name.size() + kScanPadding);
    return plain && IsUtf8(Isa::kPortable, padded.data(), name.size())
               ? name
               : Printable(name, name.size());
  }

  TrackedSource source_;
  Counter& counter_;
  Losses& losses_;
  ReadTotals* totals_;
  InflateBudget budget_;
  PartReader reader_;
};

}  // namespace

Status ReadStatements(tabular::ByteSource& source, const ReadOptions& options,
                      Counter& counter, Losses& losses, ReadTotals* totals) {
  *totals = ReadTotals();
  Reading reading(source, options, counter, losses, totals);
  COLLATE_TABULAR_RETURN_IF_ERROR(reading.Read());
  return counter.Finish();
}

bool IsStatements(tabular::ByteSource& source) {
  // The header of a zip archive's first member, or that of a text.
  char head[1024];
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  if (bytes.substr(0, kZipMagic.size()) != kZipMagic) {
    return BeginsHeader(bytes);
  }
  if (bytes.size() < 30) return false;
  const size_t name_bytes =
      static_cast<unsigned char>(bytes[26]) |
      static_cast<size_t>(static_cast<unsigned char>(bytes[27])) << 8;
  const std::string name(bytes.substr(30, name_bytes));
  return IsCsv(name) || IsPackedCsv(name);
}

}  // namespace collate::transparency_report::dsa
