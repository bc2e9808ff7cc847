#include "client/chart/svg.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace collate::client {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

// Length of the UTF-8 sequence of one character at the start of `text`; 0 when
// it is none, or one that XML has no place for.
size_t CharacterAt(absl::string_view text) {
  const auto byte = [&text](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return first >= 0x20 || first == '\t' || first == '\n' ? 1 : 0;
  }
  size_t length = 0;
  uint32_t code = 0;
  if (first >= 0xC2 && first < 0xE0) {
    length = 2;
    code = first & 0x1Fu;
  } else if (first >= 0xE0 && first < 0xF0) {
    length = 3;
    code = first & 0x0Fu;
  } else if (first >= 0xF0 && first < 0xF5) {
    length = 4;
    code = first & 0x07u;
  }
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
    code = code << 6u | (byte(i) & 0x3Fu);
  }
  const bool overlong =
      (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool no_character = (code >= 0xD800 && code < 0xE000) ||
                            code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF;
  // C1 controls say nothing to anybody.
  return overlong || no_character || (code >= 0x80 && code < 0xA0) ? 0 : length;
}

std::string Attribute(absl::string_view name, absl::string_view value) {
  return absl::StrCat(" ", name, "=\"", EscapeXml(value), "\"");
}

std::string Number(absl::string_view name, double value) {
  return Attribute(name, Tenths(value));
}

}  // namespace

std::string EscapeXml(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = CharacterAt(text);
    switch (length == 1 ? text[0] : '\0') {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (length == 0) {
          out += kReplacement;
        } else {
          out.append(text.data(), length);
        }
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string Tenths(double value) {
  const int64_t tenths = std::llround(value * 10);
  const int64_t whole = std::llabs(tenths) / 10;
  const int64_t rest = std::llabs(tenths) % 10;
  return absl::StrCat(tenths < 0 ? "-" : "", whole, rest == 0 ? "" : ".",
                      rest == 0 ? "" : absl::StrCat(rest));
}

Svg::Svg(double width, double height, absl::string_view title,
         absl::string_view description)
    : out_(absl::StrCat(
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<svg xmlns=\"http://www.w3.org/2000/svg\"",
          Number("width", width), Number("height", height),
          Attribute("viewBox",
                    absl::StrCat("0 0 ", Tenths(width), " ", Tenths(height))),
          " role=\"img\" aria-labelledby=\"title desc\""
          " font-family=\"Arial, Helvetica, sans-serif\">\n",
          "<title id=\"title\">", EscapeXml(title), "</title>\n",
          "<desc id=\"desc\">", EscapeXml(description), "</desc>\n")) {
  Rectangle(0, 0, width, height, "#ffffff");
}

void Svg::OpenGroup(absl::string_view label) {
  absl::StrAppend(&out_, "<g", Attribute("aria-label", label), ">\n");
}

void Svg::CloseGroup() { out_ += "</g>\n"; }

void Svg::Line(double x1, double y1, double x2, double y2,
               const Stroke& stroke) {
  absl::StrAppend(&out_, "<line", Number("x1", x1), Number("y1", y1),
                  Number("x2", x2), Number("y2", y2),
                  Attribute("stroke", stroke.color),
                  Number("stroke-width", stroke.width));
  if (!stroke.dashes.empty()) {
    absl::StrAppend(&out_, Attribute("stroke-dasharray", stroke.dashes));
  }
  out_ += "/>\n";
}

void Svg::Polygon(const Points& points, absl::string_view color,
                  double opacity) {
  std::string list;
  for (const auto& [x, y] : points) {
    absl::StrAppend(&list, list.empty() ? "" : " ", Tenths(x), ",", Tenths(y));
  }
  absl::StrAppend(&out_, "<polygon", Attribute("points", list),
                  Attribute("fill", color), Number("fill-opacity", opacity),
                  "/>\n");
}

void Svg::Rectangle(double x, double y, double width, double height,
                    absl::string_view color) {
  absl::StrAppend(&out_, "<rect", Number("x", x), Number("y", y),
                  Number("width", width), Number("height", height),
                  Attribute("fill", color), "/>\n");
}

void Svg::Point(double x, double y, absl::string_view color, bool hollow,
                absl::string_view words) {
  absl::StrAppend(&out_, "<circle", Number("cx", x), Number("cy", y),
                  Number("r", 4), Attribute("fill", hollow ? "#ffffff" : color),
                  Attribute("stroke", color), Number("stroke-width", 2),
                  "><title>", EscapeXml(words), "</title></circle>\n");
}

void Svg::Text(double x, double y, absl::string_view text,
               const TextStyle& style) {
  absl::StrAppend(
      &out_, "<text", Number("x", x), Number("y", y),
      Number("font-size", style.size), Attribute("text-anchor", style.anchor),
      Attribute("fill", style.color), style.bold ? " font-weight=\"bold\"" : "",
      ">", EscapeXml(text), "</text>\n");
}

std::string Svg::Finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace collate::client
