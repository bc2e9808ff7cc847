#include "tests/generators/dsa_dump/archive.h"

#include <zlib.h>

#include <cstdio>
#include <utility>

namespace collate::dsa_dump {
namespace {

constexpr size_t kPiece = size_t{256} << 10;

void AppendLittle(uint64_t value, int width, std::string* out) {
  for (int i = 0; i < width; ++i) {
    *out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

std::string Numbered(const std::string& stem, uint64_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "-%05u", static_cast<unsigned>(number));
  return stem + text;
}

std::string Stem(const Options& options) {
  return "sor-global-" + options.day + (options.light ? "-light" : "-full");
}

// The records of one CSV with their header, piece by piece.
class CsvPieces {
 public:
  CsvPieces(Dump& dump, uint64_t records)
      : dump_(dump), left_(records), out_(dump.Header()) {}

  bool Next(std::string* out) {
    while (left_ > 0 && out_.size() < kPiece && !at_end_) {
      at_end_ = !dump_.Append(&out_);
      --left_;
    }
    if (out_.empty()) return false;
    out->append(out_);
    out_.clear();
    return true;
  }

 private:
  Dump& dump_;
  uint64_t left_;
  bool at_end_ = false;
  std::string out_;
};

}  // namespace

void ZipWriter::Put(std::string_view bytes) {
  sink_(bytes);
  written_ += bytes.size();
}

void ZipWriter::Add(const std::string& name, std::string_view bytes,
                    int level) {
  bool done = false;
  Add(name, level, [&](std::string* out) {
    if (std::exchange(done, true)) return false;
    out->append(bytes);
    return true;
  });
}

void ZipWriter::Add(const std::string& name, int level,
                    const std::function<bool(std::string*)>& next) {
  std::string packed;
  std::string piece;
  uint64_t size = 0;
  uint64_t crc = crc32(0, nullptr, 0);
  z_stream stream = {};
  if (level > 0) {
    deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  }
  const auto deflate_piece = [&](int flush) {
    char out[65536];
    stream.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out);
      stream.avail_out = sizeof out;
      deflate(&stream, flush);
      packed.append(out, sizeof out - stream.avail_out);
    } while (stream.avail_out == 0);
  };
  while (piece.clear(), next(&piece)) {
    size += piece.size();
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(piece.data()),
                  piece.size());
    if (level > 0) {
      deflate_piece(Z_NO_FLUSH);
    } else {
      packed += piece;
    }
  }
  if (level > 0) {
    piece.clear();
    deflate_piece(Z_FINISH);
    deflateEnd(&stream);
  }

  // Sizes beyond four bytes do not happen here: a CSV has 100,000 records.
  std::string header;
  const auto sizes = [&](std::string* out) {
    AppendLittle(crc, 4, out);
    AppendLittle(packed.size(), 4, out);
    AppendLittle(size, 4, out);
  };
  const uint64_t flags = streamed_ ? 8 : 0;
  const uint64_t method = level > 0 ? 8 : 0;
  AppendLittle(0x04034B50, 4, &header);
  AppendLittle(20, 2, &header);
  AppendLittle(flags, 2, &header);
  AppendLittle(method, 2, &header);
  AppendLittle(0x58210000, 4, &header);  // a time of 2024
  if (streamed_) {
    header.append(12, '\0');
  } else {
    sizes(&header);
  }
  AppendLittle(name.size(), 2, &header);
  AppendLittle(0, 2, &header);
  header += name;

  AppendLittle(0x02014B50, 4, &directory_);
  AppendLittle(20, 2, &directory_);
  AppendLittle(20, 2, &directory_);
  AppendLittle(flags, 2, &directory_);
  AppendLittle(method, 2, &directory_);
  AppendLittle(0x58210000, 4, &directory_);
  sizes(&directory_);
  AppendLittle(name.size(), 2, &directory_);
  directory_.append(12, '\0');  // extra, comment, disk, attributes
  AppendLittle(written_ >= 0xFFFFFFFF ? 0xFFFFFFFF : written_, 4, &directory_);
  if (written_ >= 0xFFFFFFFF) {
    std::string extra;
    AppendLittle(1, 2, &extra);
    AppendLittle(8, 2, &extra);
    AppendLittle(written_, 8, &extra);
    const size_t at = directory_.size() - 46 + 30;
    directory_[at] = static_cast<char>(extra.size());
    directory_ += name + extra;
  } else {
    directory_ += name;
  }
  ++members_;

  Put(header);
  Put(packed);
  if (streamed_) {
    std::string after;
    AppendLittle(0x08074B50, 4, &after);
    sizes(&after);
    Put(after);
  }
}

void ZipWriter::Finish() {
  const uint64_t offset = written_;
  Put(directory_);
  std::string end;
  if (offset >= 0xFFFFFFFF) {
    const uint64_t at = written_;
    AppendLittle(0x06064B50, 4, &end);
    AppendLittle(44, 8, &end);
    AppendLittle(45, 2, &end);
    AppendLittle(45, 2, &end);
    AppendLittle(0, 8, &end);
    AppendLittle(members_, 8, &end);
    AppendLittle(members_, 8, &end);
    AppendLittle(directory_.size(), 8, &end);
    AppendLittle(offset, 8, &end);
    AppendLittle(0x07064B50, 4, &end);
    AppendLittle(0, 4, &end);
    AppendLittle(at, 8, &end);
    AppendLittle(1, 4, &end);
  }
  AppendLittle(0x06054B50, 4, &end);
  AppendLittle(0, 4, &end);
  AppendLittle(members_, 2, &end);
  AppendLittle(members_, 2, &end);
  AppendLittle(directory_.size(), 4, &end);
  AppendLittle(offset >= 0xFFFFFFFF ? 0xFFFFFFFF : offset, 4, &end);
  AppendLittle(0, 2, &end);
  Put(end);
}

std::string FileName(const Options& options, const Packing& packing) {
  return Stem(options) + (packing.shape == Shape::kCsv ? ".csv" : ".zip");
}

Truth WriteDump(const Options& options, const Packing& packing,
                const Sink& sink) {
  Dump dump(options);
  if (packing.shape == Shape::kCsv) {
    CsvPieces pieces(dump, options.records);
    for (std::string piece; piece.clear(), pieces.Next(&piece);) sink(piece);
    return dump.TruthSoFar();
  }
  const auto add_csv = [&](ZipWriter& zip, const std::string& name) {
    CsvPieces pieces(dump, packing.records_per_csv);
    zip.Add(name, packing.level,
            [&](std::string* out) { return pieces.Next(out); });
  };
  ZipWriter outer(sink, packing.level, packing.streamed);
  const bool nested = packing.shape != Shape::kZipOfCsv;
  const int outer_level = packing.shape == Shape::kZipInZipPacked ? 1 : 0;
  uint64_t done = 0;
  for (uint64_t part = 0; part == 0 || done < options.records; ++part) {
    const std::string stem = Numbered(Stem(options), part);
    std::string inner_bytes;
    ZipWriter inner([&](std::string_view bytes) { inner_bytes += bytes; },
                    packing.level, packing.streamed);
    uint64_t csv = 0;
    do {
      const std::string name = packing.folder + Numbered(stem, csv) + ".csv";
      add_csv(nested ? inner : outer, name);
      done += packing.records_per_csv;
    } while (++csv < packing.csvs_per_zip && done < options.records);
    if (nested) {
      inner.Finish();
      outer.Add(packing.folder + stem + ".csv.zip", inner_bytes, outer_level);
    }
  }
  outer.Finish();
  return dump.TruthSoFar();
}

std::string DumpBytes(const Options& options, const Packing& packing,
                      Truth* truth) {
  std::string bytes;
  Truth made = WriteDump(options, packing,
                         [&](std::string_view piece) { bytes += piece; });
  if (truth != nullptr) *truth = std::move(made);
  return bytes;
}

}  // namespace collate::dsa_dump
