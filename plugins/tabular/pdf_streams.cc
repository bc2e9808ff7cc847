#include "plugins/tabular/pdf_streams.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

namespace collate::tabular {
namespace {

constexpr std::string_view kKeyword = "stream";

bool BeginsLikeZlib(std::string_view data) {
  if (data.size() < 2) return false;
  const auto first = static_cast<unsigned char>(data[0]);
  const auto second = static_cast<unsigned char>(data[1]);
  return (first & 0x0F) == 8 && (first * 256 + second) % 31 == 0;
}

bool IsPicture(std::string_view document, size_t keyword) {
  constexpr size_t kLongestDictionary = 4096;
  const size_t begin = keyword - std::min<size_t>(keyword, kLongestDictionary);
  std::string_view before = document.substr(begin, keyword - begin);
  const size_t object = before.rfind(" obj");
  if (object != std::string_view::npos) before.remove_prefix(object);
  return before.find("/Image") != std::string_view::npos;
}

// Counts what `data` inflates to; *used bytes of it were needed for that.
Status CountInflated(std::string_view data, Budget& budget, size_t* used) {
  z_stream stream = {};
  if (inflateInit(&stream) != Z_OK) {
    return Status(Error{.code = Code::kResourceExhausted,
                        .reason = "PDF_MEMORY",
                        .message = "no memory to look into its streams"});
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream,
                                                             &inflateEnd);
  std::array<char, 65536> scratch;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(scratch.data());
    stream.avail_out = scratch.size();
    result = inflate(&stream, Z_NO_FLUSH);
    const size_t got = scratch.size() - stream.avail_out;
    if (got == 0) break;
    COLLATE_TABULAR_RETURN_IF_ERROR(budget.SpendBytes(got));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        budget.CheckRatio(stream.total_in, stream.total_out));
  }
  *used = stream.total_in;
  return OkStatus();
}

}  // namespace

Status CheckPdfStreams(std::string_view document, Budget& budget) {
  for (size_t at = document.find(kKeyword); at != std::string_view::npos;
       at = document.find(kKeyword, at)) {
    const size_t keyword = at;
    at += kKeyword.size();
    size_t data = at;
    if (document.substr(data, 1) == "\r") ++data;
    if (document.substr(data, 1) == "\n") ++data;
    if (data == at || !BeginsLikeZlib(document.substr(data)) ||
        IsPicture(document, keyword)) {
      continue;
    }
    size_t used = 0;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        CountInflated(document.substr(data), budget, &used));
    at = std::max(at, data + used);
  }
  return OkStatus();
}

}  // namespace collate::tabular
