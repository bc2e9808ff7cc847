// Makes .xls workbooks in memory, record by record, inside a compound file that
// says whatever it is told to, so that it can lie.

#ifndef COLLATE_TESTS_PLUGINS_TABULAR_XLS_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TABULAR_XLS_TESTING_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {

constexpr uint32_t kXlsFree = 0xFFFFFFFF;
constexpr uint32_t kXlsEnd = 0xFFFFFFFE;

inline void SetLittle(std::string* out, size_t at, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) {
    (*out)[at + static_cast<size_t>(i)] =
        static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

inline uint32_t LittleEndianAt(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[at + i - 1]);
  }
  return value;
}

struct CompoundPart {
  std::string name;
  std::string data = "";
  int type = 2;           // 1 a storage, 2 a stream
  bool below = false;     // below the storage before it, not below the root
  int64_t declared = -1;  // its size, if not the truth
};

// What is about to be written, for a test to spoil.
struct CompoundImage {
  std::string header;
  std::vector<std::string> sectors;
  std::vector<uint32_t> fat;       // of all sectors
  std::vector<uint32_t> mini_fat;  // of the small streams' sectors
  std::vector<std::string> nodes;  // of the directory, the root's first
  std::vector<uint32_t> starts;    // of each part
};

struct CompoundSpec {
  std::vector<CompoundPart> parts;
  std::function<void(CompoundImage&)> edit = nullptr;
  uint32_t shift = 9;
  bool scattered = false;  // sectors of streams from the last to the first
};

inline std::string CompoundNode(const std::string& name, int type,
                                uint32_t right, uint32_t child, uint32_t start,
                                uint64_t size) {
  std::string node(128, '\0');
  for (size_t i = 0; i < name.size() && i < 31; ++i) node[i * 2] = name[i];
  SetLittle(&node, 64, name.size() * 2 + 2, 2);
  SetLittle(&node, 66, static_cast<uint64_t>(type), 1);
  SetLittle(&node, 67, 1, 1);
  SetLittle(&node, 68, kXlsFree, 4);
  SetLittle(&node, 72, right, 4);
  SetLittle(&node, 76, child, 4);
  SetLittle(&node, 116, start, 4);
  SetLittle(&node, 120, size, 8);
  return node;
}

inline std::string MakeCompound(const CompoundSpec& spec) {
  constexpr uint64_t kSmall = 4096, kMini = 64;
  const size_t size = size_t{1} << spec.shift;
  const size_t words = size / 4;
  CompoundImage image;
  const auto add = [&](std::string data) -> uint32_t {
    const size_t count = (data.size() + size - 1) / size;
    if (count == 0) return kXlsEnd;
    data.resize(count * size);
    const size_t first = image.sectors.size();
    for (size_t i = 0; i < count; ++i) {
      const size_t at = spec.scattered ? count - 1 - i : i;
      image.sectors.push_back(data.substr(at * size, size));
      const size_t self = first + i;
      if (spec.scattered) {
        image.fat.push_back(i == 0 ? kXlsEnd : static_cast<uint32_t>(self - 1));
      } else {
        image.fat.push_back(i + 1 == count ? kXlsEnd
                                           : static_cast<uint32_t>(self + 1));
      }
    }
    return static_cast<uint32_t>(spec.scattered ? first + count - 1 : first);
  };
  std::string minis;
  for (const CompoundPart& part : spec.parts) {
    if (part.type != 2 || part.data.empty()) {
      image.starts.push_back(part.type == 2 ? kXlsEnd : 0);
    } else if (part.data.size() >= kSmall) {
      image.starts.push_back(add(part.data));
    } else {
      const size_t first = minis.size() / kMini;
      image.starts.push_back(static_cast<uint32_t>(first));
      minis += part.data;
      minis.resize((minis.size() + kMini - 1) / kMini * kMini);
      for (size_t i = first + 1; i < minis.size() / kMini; ++i) {
        image.mini_fat.push_back(static_cast<uint32_t>(i));
      }
      image.mini_fat.push_back(kXlsEnd);
    }
  }
  // The tree is a list of right-hand children, of the root and of storages.
  const auto next_of = [&](size_t i) {
    for (size_t j = i + 1; j < spec.parts.size(); ++j) {
      if (spec.parts[j].below == spec.parts[i].below) {
        return static_cast<uint32_t>(j + 1);
      }
      if (spec.parts[i].below) break;
    }
    return kXlsFree;
  };
  image.nodes.push_back(CompoundNode("Root Entry", 5, kXlsFree,
                                     spec.parts.empty() ? kXlsFree : 1, 0,
                                     minis.size()));
  for (size_t i = 0; i < spec.parts.size(); ++i) {
    const CompoundPart& part = spec.parts[i];
    const bool has_child =
        part.type == 1 && i + 1 < spec.parts.size() && spec.parts[i + 1].below;
    image.nodes.push_back(CompoundNode(
        part.name, part.type, next_of(i),
        has_child ? static_cast<uint32_t>(i + 2) : kXlsFree, image.starts[i],
        part.declared >= 0 ? static_cast<uint64_t>(part.declared)
                           : part.data.size()));
  }
  SetLittle(&image.nodes[0], 116, add(minis), 4);
  const size_t mini_words = (image.mini_fat.size() + words - 1) / words * words;
  const uint32_t mini_fat_at = add(std::string(mini_words * 4, '\xFF'));
  const size_t per = size / 128;
  const size_t node_sectors = (image.nodes.size() + per - 1) / per;
  const uint32_t nodes_at = add(std::string(node_sectors * size, '\0'));
  // The table covers itself and the list of its sectors.
  const size_t data_sectors = image.sectors.size();
  size_t fats = 0, lists = 0;
  for (size_t before = 1; before != fats + lists;) {
    before = fats + lists;
    fats = (data_sectors + before + words - 1) / words;
    lists = fats <= 109 ? 0 : (fats - 109 + words - 2) / (words - 1);
  }
  for (size_t i = 0; i < fats + lists; ++i) {
    image.sectors.push_back(std::string(size, '\xFF'));
    image.fat.push_back(i < fats ? 0xFFFFFFFD : 0xFFFFFFFC);
  }
  const auto fat_at = static_cast<uint32_t>(data_sectors);
  const auto list_at = static_cast<uint32_t>(data_sectors + fats);
  image.header = std::string(512, '\0');
  image.header.replace(0, 8, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
  SetLittle(&image.header, 24, 0x3E, 2);
  SetLittle(&image.header, 26, spec.shift == 9 ? 3 : 4, 2);
  SetLittle(&image.header, 28, 0xFFFE, 2);
  SetLittle(&image.header, 30, spec.shift, 2);
  SetLittle(&image.header, 32, 6, 2);
  SetLittle(&image.header, 44, fats, 4);
  SetLittle(&image.header, 48, nodes_at, 4);
  SetLittle(&image.header, 56, kSmall, 4);
  SetLittle(&image.header, 60, mini_fat_at, 4);
  SetLittle(&image.header, 64, mini_words / words, 4);
  SetLittle(&image.header, 68, lists == 0 ? kXlsEnd : list_at, 4);
  SetLittle(&image.header, 72, lists, 4);
  for (size_t i = 0; i < 109; ++i) {
    SetLittle(&image.header, 76 + i * 4, i < fats ? fat_at + i : kXlsFree, 4);
  }
  for (size_t i = 109; i < fats; ++i) {
    const size_t list = (i - 109) / (words - 1);
    SetLittle(&image.sectors[list_at + list], (i - 109) % (words - 1) * 4,
              fat_at + i, 4);
  }
  for (size_t i = 0; i < lists; ++i) {
    SetLittle(&image.sectors[list_at + i], size - 4,
              i + 1 == lists ? kXlsEnd : list_at + i + 1, 4);
  }
  if (spec.edit) spec.edit(image);
  const auto chained = [&](uint32_t first, size_t i) -> std::string& {
    return image.sectors[spec.scattered ? first - i : first + i];
  };
  for (size_t i = 0; i < image.nodes.size(); ++i) {
    chained(nodes_at, i / per).replace(i % per * 128, 128, image.nodes[i]);
  }
  for (size_t i = 0; i < image.mini_fat.size(); ++i) {
    SetLittle(&chained(mini_fat_at, i / words), i % words * 4,
              image.mini_fat[i], 4);
  }
  for (size_t i = 0; i < image.fat.size(); ++i) {
    SetLittle(&image.sectors[fat_at + i / words], i % words * 4, image.fat[i],
              4);
  }
  std::string out = image.header;
  out.resize(size);
  for (const std::string& sector : image.sectors) out += sector;
  return out;
}

// ------------------------------------------------------------------- records

inline std::string XlsRecordOf(uint16_t type, const std::string& data) {
  std::string out;
  PutLittle(&out, type, 2);
  PutLittle(&out, data.size(), 2);
  return out + data;
}

// Fields of two bytes, whose values are given.
inline std::string Words(const std::vector<uint64_t>& values) {
  std::string out;
  for (const uint64_t value : values) PutLittle(&out, value, 2);
  return out;
}

inline std::string Doubled(double value) {
  std::string out;
  PutLittle(&out, std::bit_cast<uint64_t>(value), 8);
  return out;
}

inline std::string XlsBof(uint64_t kind, uint64_t version = 0x0600) {
  return XlsRecordOf(0x0809,
                     Words({version, kind, 0x0DBB, 0x07CC, 0, 0, 6, 0}));
}
inline std::string XlsEof() { return XlsRecordOf(0x000A, ""); }

// A text of Latin letters in one byte each, or of any in two.
inline std::string XlsText(const std::string& text, int length_bytes = 2) {
  std::string out;
  PutLittle(&out, text.size(), length_bytes);
  return out + '\0' + text;
}
// As BIFF5 has it.
inline std::string XlsBytes(const std::string& text, int length_bytes = 2) {
  std::string out;
  PutLittle(&out, text.size(), length_bytes);
  return out + text;
}
inline std::string XlsWide(std::u16string_view text, int length_bytes = 2) {
  std::string out;
  PutLittle(&out, text.size(), length_bytes);
  out += '\x01';
  for (const char16_t unit : text) PutLittle(&out, unit, 2);
  return out;
}
// One with runs: from which character which font.
inline std::string XlsRich(
    const std::string& text,
    const std::vector<std::pair<uint64_t, uint64_t>>& runs) {
  std::string out;
  PutLittle(&out, text.size(), 2);
  out += '\x08';
  PutLittle(&out, runs.size(), 2);
  out += text;
  for (const auto& [begin, font] : runs) out += Words({begin, font});
  return out;
}

inline std::string XlsFont(bool superscript = false) {
  return XlsRecordOf(0x0031,
                     Words({200, 0, 0x7FFF, 400, superscript ? 1u : 0u, 0, 0}) +
                         XlsText("Arial", 1));
}
inline std::string XlsFormat(uint64_t id, const std::string& code) {
  return XlsRecordOf(0x041E, Words({id}) + XlsText(code));
}
inline std::string XlsStyle(uint64_t font, uint64_t format) {
  return XlsRecordOf(0x00E0, Words({font, format, 0, 0, 0, 0, 0, 0, 0, 0}));
}
inline std::string XlsSst(const std::vector<std::string>& strings,
                          int64_t claimed = -1) {
  std::string data;
  const uint64_t count =
      claimed >= 0 ? static_cast<uint64_t>(claimed) : strings.size();
  PutLittle(&data, count, 4);
  PutLittle(&data, count, 4);
  for (const std::string& string : strings) data += string;
  return XlsRecordOf(0x00FC, data);
}

inline std::string XlsNumber(uint64_t row, uint64_t column, double value,
                             uint64_t style = 0) {
  return XlsRecordOf(0x0203, Words({row, column, style}) + Doubled(value));
}
inline std::string XlsRk(uint64_t row, uint64_t column, uint32_t rk,
                         uint64_t style = 0) {
  return XlsRecordOf(0x027E,
                     Words({row, column, style, rk & 0xFFFF, rk >> 16}));
}
inline std::string XlsMulRk(uint64_t row, uint64_t column,
                            const std::vector<uint32_t>& rks,
                            uint64_t style = 0) {
  std::string data = Words({row, column});
  for (const uint32_t rk : rks) data += Words({style, rk & 0xFFFF, rk >> 16});
  return XlsRecordOf(0x00BD, data + Words({column + rks.size() - 1}));
}
inline std::string XlsLabelSst(uint64_t row, uint64_t column, uint64_t index,
                               uint64_t style = 0) {
  return XlsRecordOf(0x00FD,
                     Words({row, column, style, index & 0xFFFF, index >> 16}));
}
inline std::string XlsLabel(uint64_t row, uint64_t column,
                            const std::string& text, uint64_t style = 0) {
  return XlsRecordOf(0x0204, Words({row, column, style}) + text);
}
inline std::string XlsBoolErr(uint64_t row, uint64_t column, int value,
                              bool error, uint64_t style = 0) {
  return XlsRecordOf(0x0205, Words({row, column, style}) +
                                 static_cast<char>(value) +
                                 static_cast<char>(error));
}
inline std::string XlsBlank(uint64_t row, uint64_t column, uint64_t style = 0) {
  return XlsRecordOf(0x0201, Words({row, column, style}));
}
// `result` is 8 bytes; a formula of nothing.
inline std::string XlsFormula(uint64_t row, uint64_t column,
                              const std::string& result, uint64_t style = 0) {
  return XlsRecordOf(
      0x0006, Words({row, column, style}) + result + Words({0, 0, 0, 0}));
}
// The result of a formula that is no number.
inline std::string XlsResult(int kind, int value = 0) {
  std::string out(6, '\0');
  out[0] = static_cast<char>(kind);
  out[2] = static_cast<char>(value);
  return out + "\xFF\xFF";
}
inline std::string XlsRow(uint64_t row, bool hidden) {
  return XlsRecordOf(0x0208,
                     Words({row, 0, 1, 255, 0, 0, hidden ? 0x20u : 0u, 0x0F}));
}

struct XlsSheetSpec {
  std::string name;
  std::string records;  // between the beginning and the end
  int visibility = 0;
  int kind = 0;  // as listed: 0 a worksheet, 1 macros, 2 a chart
  uint64_t begins = 0x0010;
  int64_t offset = -1;  // as listed, if not the truth
};

struct XlsSpec {
  std::vector<XlsSheetSpec> sheets;
  std::string globals = XlsFont() + XlsStyle(0, 0);
  std::string strings = "";  // the record of the shared ones
  uint64_t version = 0x0600;
};

inline std::string MakeXlsStream(const XlsSpec& spec) {
  const auto listed = [&](const XlsSheetSpec& sheet, uint64_t offset) {
    std::string data;
    PutLittle(&data,
              sheet.offset >= 0 ? static_cast<uint64_t>(sheet.offset) : offset,
              4);
    data += static_cast<char>(sheet.visibility);
    data += static_cast<char>(sheet.kind);
    return XlsRecordOf(0x0085,
                       data + (spec.version < 0x0600 ? XlsBytes(sheet.name, 1)
                                                     : XlsText(sheet.name, 1)));
  };
  const std::string before = XlsBof(0x0005, spec.version) + spec.globals;
  size_t offset = before.size() + spec.strings.size() + XlsEof().size();
  for (const XlsSheetSpec& sheet : spec.sheets) {
    offset += listed(sheet, 0).size();
  }
  std::string list, body;
  for (const XlsSheetSpec& sheet : spec.sheets) {
    list += listed(sheet, offset + body.size());
    body += XlsBof(sheet.begins, spec.version) + sheet.records + XlsEof();
  }
  return before + list + spec.strings + XlsEof() + body;
}

inline std::string MakeXls(const XlsSpec& spec) {
  return MakeCompound({.parts = {{"Workbook", MakeXlsStream(spec)}}});
}

// One sheet named S of these records.
inline std::string XlsOf(const std::string& records) {
  return MakeXls({.sheets = {{"S", records}}});
}

}  // namespace collate::tabular

#endif  // COLLATE_TESTS_PLUGINS_TABULAR_XLS_TESTING_H_
