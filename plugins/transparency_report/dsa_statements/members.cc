#include "plugins/transparency_report/dsa_statements/members.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/transparency_report/dsa_statements/hash.h"

namespace collate::transparency_report::dsa {
namespace {

using tabular::Code;
using tabular::Error;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;

constexpr uint32_t kLocalSignature = 0x04034B50;
constexpr uint32_t kCentralSignature = 0x02014B50;
constexpr uint32_t kEndSignature = 0x06054B50;
constexpr uint32_t kEnd64Signature = 0x06064B50;
constexpr uint32_t kFollowingSignature = 0x08074B50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kCentralBytes = 46;
constexpr size_t kLongestName = 1024;
constexpr uint64_t kElsewhere = 0xFFFFFFFF;

uint64_t Little(std::string_view bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = width; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

Status Exceeded(const char* reason, std::string message, uint64_t most) {
  return Status(Error{.code = Code::kResourceExhausted,
                      .reason = reason,
                      .message = std::move(message),
                      .expected = "at most " + std::to_string(most)});
}

// Sizes beyond four bytes stand in an extra field, in this order.
void ApplyZip64(std::string_view extra, std::vector<uint64_t*> values,
                bool* found) {
  while (extra.size() >= 4) {
    const uint64_t id = Little(extra, 0, 2);
    const size_t size = static_cast<size_t>(Little(extra, 2, 2));
    extra.remove_prefix(4);
    if (size > extra.size()) return;
    if (id == 1) {
      *found = true;
      std::string_view field = extra.substr(0, size);
      for (uint64_t* value : values) {
        if (*value != kElsewhere || field.size() < 8) continue;
        *value = Little(field, 0, 8);
        field.remove_prefix(8);
      }
      return;
    }
    extra.remove_prefix(size);
  }
}

}  // namespace

Status InflateBudget::SpendBytes(bool csv, uint64_t count) {
  uint64_t& spent = csv ? csv_bytes : archive_bytes;
  const uint64_t most = csv ? limits.csv_bytes : limits.archive_bytes;
  spent += count;
  if (spent <= most) return OkStatus();
  return Exceeded("BYTE_LIMIT",
                  "the document inflates to more bytes than are read", most);
}

Status InflateBudget::SpendEntry() {
  if (++entries <= limits.entries) return OkStatus();
  return Exceeded("ZIP_ENTRY_LIMIT",
                  "the document's archives have too many members",
                  limits.entries);
}

// ---- One member ------------------------------------------------------------

struct MemberStream::Inflater {
  inflate_state state;
};

MemberStream::MemberStream(BufferedStream& in, const Member& member, bool csv,
                           InflateBudget& budget)
    : in_(in), member_(member), csv_(csv), budget_(budget) {
  if (member.method == 0) return;
  inflater_ = std::make_unique<Inflater>();
  isal_inflate_init(&inflater_->state);
}

MemberStream::~MemberStream() = default;

Status MemberStream::Read(char* out, size_t n, size_t* got) {
  *got = 0;
  if (ended_ || n == 0) return OkStatus();
  if (fault_.has_value()) return End();
  COLLATE_TABULAR_RETURN_IF_ERROR(member_.method == 0 ? ReadStored(out, n, got)
                                                      : Inflate(out, n, got));
  if (*got == 0) return End();
  crc_ = crc32_gzip_refl(crc_, reinterpret_cast<unsigned char*>(out), *got);
  inflated_ += *got;
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.SpendBytes(csv_, *got));
  const InflateLimits& limits = budget_.limits;
  if (inflated_ > limits.ratio_floor_bytes &&
      inflated_ / limits.ratio > packed_) {
    return Status(Error{
        .code = Code::kResourceExhausted,
        .reason = "ZIP_RATIO_LIMIT",
        .message = "a member inflates too much: " + Printable(member_.name),
        .expected = "at most " + std::to_string(limits.ratio) +
                    " bytes for each packed one"});
  }
  return OkStatus();
}

Status MemberStream::ReadStored(char* out, size_t n, size_t* got) {
  n = static_cast<size_t>(std::min<uint64_t>(n, member_.packed - packed_));
  if (n == 0) return OkStatus();
  COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(1));
  n = std::min(n, in_.visible().size());
  if (n == 0) {
    fault_ = ArchiveFault::kTruncated;
    return OkStatus();
  }
  std::memcpy(out, in_.visible().data(), n);
  in_.Take(n);
  packed_ += n;
  *got = n;
  return OkStatus();
}

Status MemberStream::Inflate(char* out, size_t n, size_t* got) {
  inflate_state& state = inflater_->state;
  state.next_out = reinterpret_cast<uint8_t*>(out);
  state.avail_out = static_cast<uint32_t>(n);
  while (state.avail_out > 0 && state.block_state != ISAL_BLOCK_FINISH) {
    COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(1));
    size_t size = in_.visible().size();
    if (!member_.sizes_follow) {
      size = static_cast<size_t>(
          std::min<uint64_t>(size, member_.packed - packed_));
    }
    std::string_view bytes = in_.visible().substr(0, size);
    state.next_in = reinterpret_cast<uint8_t*>(
        const_cast<char*>(bytes.data()));  // which it only reads
    state.avail_in = static_cast<uint32_t>(bytes.size());
    const uint32_t room = state.avail_out;
    const int result = isal_inflate(&state);
    const size_t taken = bytes.size() - state.avail_in;
    in_.Take(taken);
    packed_ += taken;
    if (result < 0) {
      fault_ = ArchiveFault::kCorrupt;
      break;
    }
    if (taken == 0 && state.avail_out == room &&
        state.block_state != ISAL_BLOCK_FINISH) {
      // Nothing in, nothing out: the member's bytes are used up, and its
      // stream is not at its end.
      fault_ = size == 0 && packed_ == member_.packed && !member_.sizes_follow
                   ? ArchiveFault::kCorrupt
                   : ArchiveFault::kTruncated;
      break;
    }
  }
  *got = n - state.avail_out;
  return OkStatus();
}

Status MemberStream::End() {
  ended_ = true;
  if (fault_.has_value()) return OkStatus();
  if (inflater_ != nullptr && member_.sizes_follow) {
    // Whole bytes that it took beyond its end are in its buffer of bits.
    const size_t ahead =
        static_cast<size_t>(inflater_->state.read_in_length / 8);
    packed_ -= ahead;
    in_.GiveBack(ahead);
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadFollowingSizes());
    if (fault_.has_value()) return OkStatus();
  }
  if (packed_ != member_.packed || inflated_ != member_.inflated) {
    fault_ = ArchiveFault::kCorrupt;
  } else if (crc_ != member_.crc) {
    fault_ = ArchiveFault::kChecksum;
  }
  return OkStatus();
}

Status MemberStream::ReadFollowingSizes() {
  const size_t width = member_.zip64 ? 8 : 4;
  COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(8 + 2 * width));
  std::string_view bytes = in_.visible();
  // The signature is usual and may be left out.
  const size_t lead =
      bytes.size() >= 4 && Little(bytes, 0, 4) == kFollowingSignature ? 4 : 0;
  if (bytes.size() < lead + 4 + 2 * width) {
    fault_ = ArchiveFault::kTruncated;
    return OkStatus();
  }
  member_.crc = static_cast<uint32_t>(Little(bytes, lead, 4));
  member_.packed = Little(bytes, lead + 4, width);
  member_.inflated = Little(bytes, lead + 4 + width, width);
  in_.Take(lead + 4 + 2 * width);
  return OkStatus();
}

Status MemberStream::SkipRest(bool* found) {
  *found = false;
  if (!ended_ && (member_.sizes_follow || fault_.has_value())) {
    // Only its own end says where the next one begins.
    char scratch[16384];
    for (size_t got = 1; got > 0;) {
      COLLATE_TABULAR_RETURN_IF_ERROR(Read(scratch, sizeof scratch, &got));
    }
  }
  if (member_.sizes_follow) {
    *found =
        ended_ && !(fault_.has_value() && *fault_ != ArchiveFault::kChecksum);
    return OkStatus();
  }
  while (packed_ < member_.packed) {
    COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(1));
    const size_t n = static_cast<size_t>(
        std::min<uint64_t>(in_.visible().size(), member_.packed - packed_));
    if (n == 0) {
      fault_ = ArchiveFault::kTruncated;
      return OkStatus();
    }
    in_.Take(n);
    packed_ += n;
  }
  *found = true;
  return OkStatus();
}

// ---- One archive -----------------------------------------------------------

MemberReader::MemberReader(ByteStream& in, std::string part,
                           InflateBudget& budget)
    : in_(in), part_(std::move(part)), budget_(budget) {}

Status MemberReader::Next(bool (*csv)(const std::string& name),
                          MemberStream** stream) {
  *stream = nullptr;
  if (ended_) return OkStatus();
  if (stream_ != nullptr) {
    bool found = false;
    COLLATE_TABULAR_RETURN_IF_ERROR(stream_->SkipRest(&found));
    if (!found) {
      ended_ = true;
      fault_ = stream_->fault().value_or(ArchiveFault::kTruncated);
      return OkStatus();
    }
    digest_ += DigestOf(stream_->member(), offset_);
    stream_.reset();
  }
  Member member;
  bool found = false;
  offset_ = in_.taken();
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadHeader(&member, &found));
  if (!found) {
    ended_ = true;
    return fault_.has_value() ? OkStatus() : CheckDirectory();
  }
  ++count_;
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.SpendEntry());
  stream_ =
      std::make_unique<MemberStream>(in_, member, csv(member.name), budget_);
  *stream = stream_.get();
  return OkStatus();
}

Status MemberReader::ReadHeader(Member* member, bool* found) {
  COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(kLocalBytes));
  std::string_view bytes = in_.visible();
  if (bytes.size() < 4) {
    fault_ = ArchiveFault::kTruncated;
    return OkStatus();
  }
  const uint64_t signature = Little(bytes, 0, 4);
  if (signature == kCentralSignature || signature == kEndSignature) {
    return OkStatus();
  }
  if (signature != kLocalSignature) {
    fault_ = ArchiveFault::kCorrupt;
    return OkStatus();
  }
  if (bytes.size() < kLocalBytes) {
    fault_ = ArchiveFault::kTruncated;
    return OkStatus();
  }
  const uint64_t flags = Little(bytes, 6, 2);
  member->method = static_cast<uint16_t>(Little(bytes, 8, 2));
  member->sizes_follow = (flags & 8) != 0;
  member->crc = static_cast<uint32_t>(Little(bytes, 14, 4));
  member->packed = Little(bytes, 18, 4);
  member->inflated = Little(bytes, 22, 4);
  const size_t name_bytes = static_cast<size_t>(Little(bytes, 26, 2));
  const size_t extra_bytes = static_cast<size_t>(Little(bytes, 28, 2));
  if (name_bytes > kLongestName) {
    return Status(Error{.reason = "ZIP_UNSAFE_NAME",
                        .message = "the name of a member is too long",
                        .part = part_});
  }
  const size_t size = kLocalBytes + name_bytes + extra_bytes;
  COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(size));
  bytes = in_.visible();
  if (bytes.size() < size) {
    fault_ = ArchiveFault::kTruncated;
    return OkStatus();
  }
  member->name = bytes.substr(kLocalBytes, name_bytes);
  ApplyZip64(bytes.substr(kLocalBytes + name_bytes, extra_bytes),
             {&member->inflated, &member->packed}, &member->zip64);
  in_.Take(size);
  if ((flags & 1) != 0) {
    return Status(Error{.reason = "ZIP_ENCRYPTED",
                        .message = "a member is encrypted",
                        .expected = "an archive without a password",
                        .found = Printable(member->name),
                        .part = part_});
  }
  if ((member->method != 0 && member->method != 8) ||
      (member->method == 0 && member->sizes_follow)) {
    return Status(
        Error{.code = Code::kUnimplemented,
              .reason = "ZIP_METHOD",
              .message = "a member is packed in a way that is not read",
              .expected = "deflated, or stored with its size before it",
              .found = "method " + std::to_string(member->method) + " of " +
                       Printable(member->name),
              .part = part_});
  }
  *found = true;
  return OkStatus();
}

Status MemberReader::CheckDirectory() {
  uint64_t digest = 0;
  uint64_t count = 0;
  while (true) {
    COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(kCentralBytes));
    std::string_view bytes = in_.visible();
    if (bytes.size() < 4) {
      fault_ = ArchiveFault::kTruncated;
      return OkStatus();
    }
    const uint64_t signature = Little(bytes, 0, 4);
    if (signature == kEndSignature || signature == kEnd64Signature) break;
    if (bytes.size() < kCentralBytes) {
      fault_ = ArchiveFault::kTruncated;
      return OkStatus();
    }
    if (signature != kCentralSignature) {
      return Inconsistent("its directory has another record");
    }
    Member member;
    member.method = static_cast<uint16_t>(Little(bytes, 10, 2));
    member.crc = static_cast<uint32_t>(Little(bytes, 16, 4));
    member.packed = Little(bytes, 20, 4);
    member.inflated = Little(bytes, 24, 4);
    const size_t name_bytes = static_cast<size_t>(Little(bytes, 28, 2));
    const size_t extra_bytes = static_cast<size_t>(Little(bytes, 30, 2));
    const size_t comment_bytes = static_cast<size_t>(Little(bytes, 32, 2));
    uint64_t offset = Little(bytes, 42, 4);
    in_.Take(kCentralBytes);
    if (name_bytes > kLongestName) return Inconsistent("a name is too long");
    COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(name_bytes + extra_bytes));
    bytes = in_.visible();
    if (bytes.size() < name_bytes + extra_bytes) {
      fault_ = ArchiveFault::kTruncated;
      return OkStatus();
    }
    member.name = bytes.substr(0, name_bytes);
    bool zip64 = false;
    ApplyZip64(bytes.substr(name_bytes, extra_bytes),
               {&member.inflated, &member.packed, &offset}, &zip64);
    in_.Take(name_bytes + extra_bytes);
    COLLATE_TABULAR_RETURN_IF_ERROR(in_.Want(comment_bytes));
    if (in_.visible().size() < comment_bytes) {
      fault_ = ArchiveFault::kTruncated;
      return OkStatus();
    }
    in_.Take(comment_bytes);
    digest += DigestOf(member, offset);
    ++count;
  }
  if (count != count_ || digest != digest_) {
    return Inconsistent(std::to_string(count_) + " members and " +
                        std::to_string(count) +
                        " in its directory, or other ones");
  }
  return OkStatus();
}

Status MemberReader::Inconsistent(const std::string& what) const {
  return Status(Error{
      .reason = "ZIP_INCONSISTENT",
      .message = "the directory of an archive and the headers of its members "
                 "differ: " +
                 what,
      .expected = "the same members in both",
      .part = part_});
}

uint64_t MemberReader::DigestOf(const Member& member, uint64_t offset) {
  std::string name = member.name;
  name.resize(name.size() + 16);  // which the hash may read
  uint64_t digest = HashOf(name.data(), member.name.size());
  for (const uint64_t value : {uint64_t{member.method}, uint64_t{member.crc},
                               member.packed, member.inflated, offset}) {
    digest = Mix(digest ^ kHashA, value ^ kHashB);
  }
  return digest;
}

}  // namespace collate::transparency_report::dsa
