#include "plugins/tabular/xml_plain.h"

#include <algorithm>
#include <cstring>

#include "plugins/tabular/decode.h"

namespace collate::tabular {
namespace {

enum : uint8_t {
  kNameStart = 1,
  kNameByte = 2,
  kSpace = 4,
  kInText = 8,     // means itself in text ...
  kInDouble = 16,  // ... in an attribute between double quotes ...
  kInSingle = 32,  // ... and between single ones
};

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes = {};
  for (int c = 0x20; c < 0x80; ++c) {
    uint8_t& kind = classes[static_cast<size_t>(c)];
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (letter) kind |= kNameStart;
    if (letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':') {
      kind |= kNameByte;
    }
    if (c == '<' || c == '&') continue;
    if (c != '"') kind |= kInDouble;
    if (c != '\'') kind |= kInSingle;
    if (c != ']') kind |= kInText;
  }
  classes[' '] |= kSpace;
  classes['\t'] = kSpace | kInText;
  classes['\n'] = kSpace | kInText;
  return classes;
}

constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

bool Is(char c, uint8_t kind) {
  return (kClasses[static_cast<uint8_t>(c)] & kind) != 0;
}

struct Predefined {
  std::string_view name;
  std::string_view meaning;
};
constexpr Predefined kPredefined[] = {
    {"amp;", "&"}, {"lt;", "<"}, {"gt;", ">"}, {"quot;", "\""}, {"apos;", "'"}};

// Of a few bytes at both ends, which tell most names apart.
size_t Hash(std::string_view name, bool attribute) {
  const size_t n = std::min<size_t>(name.size(), 4);
  uint32_t front = 0, back = 0;
  std::memcpy(&front, name.data(), n);
  std::memcpy(&back, name.data() + name.size() - n, n);
  const uint64_t mixed = (front + uint64_t{back} * 31 + name.size() * 7) * 2 +
                         static_cast<uint64_t>(attribute);
  return static_cast<size_t>(mixed * 0x9E3779B97F4A7C15 >> 48);
}

// Longer ones are rare, and known names are kept.
constexpr size_t kLongestName = 128;

}  // namespace

bool XmlScope::Find(std::string_view prefix, Xmlns* space) const {
  for (auto at = declared_.rbegin(); at != declared_.rend(); ++at) {
    if (at->prefix != prefix) continue;
    *space = at->space;
    return true;
  }
  *space = prefix.empty() ? Xmlns::kNone : Xmlns::kOther;
  return prefix.empty() || prefix == "xml";
}

std::string XmlScope::Opening(const XmlName& name) const {
  for (auto at = declared_.rbegin(); at != declared_.rend(); ++at) {
    if (at->space != name.ns) continue;
    std::string out = "<";
    if (!at->prefix.empty()) out += at->prefix + ":";
    return out.append(name.local);
  }
  return "";
}

const XmlPlain::Known* XmlPlain::Meet(std::string_view written, bool attribute,
                                      const XmlScope& scope) {
  if (known_.size() >= kMostNames || written.size() > kLongestName) {
    return nullptr;
  }
  const size_t colon = written.find(':');
  std::string_view prefix, local = written;
  if (colon != std::string_view::npos) {
    prefix = written.substr(0, colon);
    local = written.substr(colon + 1);
    if (prefix.empty() || local.empty() || !Is(local[0], kNameStart) ||
        local.find(':') != std::string_view::npos) {
      return nullptr;
    }
  }
  if (prefix == "xmlns" || (prefix.empty() && attribute && local == "xmlns")) {
    return nullptr;
  }
  Xmlns space = Xmlns::kNone;
  if (!(attribute && prefix.empty()) && !scope.Find(prefix, &space)) {
    return nullptr;
  }
  auto known = std::make_unique<Known>();
  known->written = written;
  known->attribute = attribute;
  known->name = {
      space,
      std::string_view(known->written).substr(written.size() - local.size())};
  known->identity = uint64_t{1} << known_.size();
  for (const auto& other : known_) {
    if (other->attribute == attribute &&
        other->name.Is(space, known->name.local)) {
      known->identity = other->identity;
    }
  }
  known_.push_back(std::move(known));
  return known_.back().get();
}

XmlPlain::Outcome XmlPlain::Name(bool attribute, const XmlScope& scope,
                                 const Known** known) {
  const size_t begin = at_;
  if (at_ == bytes_.size()) return Outcome::kCut;
  if (!Is(bytes_[at_], kNameStart)) return Outcome::kNotPlain;
  while (at_ < bytes_.size() && Is(bytes_[at_], kNameByte)) ++at_;
  if (at_ == bytes_.size()) return Outcome::kCut;
  const std::string_view written = bytes_.substr(begin, at_ - begin);
  const Known*& slot = slots_[Hash(written, attribute) % kSlots];
  if (slot == nullptr || slot->attribute != attribute ||
      slot->written != written) {
    const Known* found = nullptr;
    for (const auto& other : known_) {
      if (other->attribute == attribute && other->written == written) {
        found = other.get();
      }
    }
    if (found == nullptr) found = Meet(written, attribute, scope);
    if (found == nullptr) return Outcome::kNotPlain;
    slot = found;
  }
  *known = slot;
  return Outcome::kWhole;
}

XmlPlain::Outcome XmlPlain::Multibyte() {
  const int length = Utf8Length(bytes_, at_);
  if (length < 0) return Outcome::kCut;
  if (length == 0) return Outcome::kNotPlain;
  // U+FFFE and U+FFFF are no characters of XML.
  if (length == 3 && bytes_.substr(at_, 2) == "\xEF\xBF" &&
      static_cast<uint8_t>(bytes_[at_ + 2]) >= 0xBE) {
    return Outcome::kNotPlain;
  }
  at_ += static_cast<size_t>(length);
  return Outcome::kWhole;
}

XmlPlain::Outcome XmlPlain::Entity(std::string_view* meaning) {
  const std::string_view rest = bytes_.substr(at_ + 1);
  for (const Predefined& entity : kPredefined) {
    if (rest.substr(0, entity.name.size()) == entity.name) {
      *meaning = entity.meaning;
      at_ += 1 + entity.name.size();
      return Outcome::kWhole;
    }
  }
  constexpr size_t kLongest = 5;
  return rest.size() < kLongest ? Outcome::kCut : Outcome::kNotPlain;
}

XmlPlain::Outcome XmlPlain::AttributeValue(std::string_view* value) {
  if (at_ == bytes_.size()) return Outcome::kCut;
  const char quote = bytes_[at_];
  if (quote != '"' && quote != '\'') return Outcome::kNotPlain;
  const uint8_t inside = quote == '"' ? kInDouble : kInSingle;
  size_t piece = ++at_;
  const size_t unescaped = unescaped_.size();
  bool escaped = false;
  while (true) {
    while (at_ < bytes_.size() && Is(bytes_[at_], inside)) ++at_;
    if (at_ == bytes_.size()) return Outcome::kCut;
    const char c = bytes_[at_];
    Outcome outcome = Outcome::kNotPlain;
    if (c == quote) break;
    if (static_cast<uint8_t>(c) >= 0x80) {
      outcome = Multibyte();
    } else if (c == '&') {
      // Shorter than what is escaped, hence there is room for all of it.
      unescaped_.append(bytes_, piece, at_ - piece);
      std::string_view meaning;
      outcome = Entity(&meaning);
      unescaped_ += meaning;
      piece = at_;
      escaped = true;
    }
    if (outcome != Outcome::kWhole) return outcome;
  }
  if (escaped) {
    unescaped_.append(bytes_, piece, at_ - piece);
    *value = std::string_view(unescaped_).substr(unescaped);
  } else {
    *value = bytes_.substr(piece, at_ - piece);
  }
  ++at_;
  return Outcome::kWhole;
}

template <bool kEvents>
XmlPlain::Outcome XmlPlain::StartTag(const XmlName* expected,
                                     const XmlScope& scope, uint64_t depth) {
  const auto begin = static_cast<uint32_t>(at_++);
  const Known* name = nullptr;
  Outcome outcome = Name(false, scope, &name);
  if (outcome != Outcome::kWhole) return outcome;
  if (open_.size() >= depth) return Outcome::kNotPlain;
  if (expected != nullptr && !name->name.Is(expected->ns, expected->local)) {
    return Outcome::kNotPlain;
  }
  const auto first = static_cast<uint32_t>(attributes_.size());
  uint64_t met = 0;
  while (true) {
    const size_t space = at_;
    while (at_ < bytes_.size() && Is(bytes_[at_], kSpace)) ++at_;
    if (at_ == bytes_.size()) return Outcome::kCut;
    if (bytes_[at_] == '>' || bytes_[at_] == '/') break;
    if (at_ == space) return Outcome::kNotPlain;
    const Known* attribute = nullptr;
    outcome = Name(true, scope, &attribute);
    if (outcome != Outcome::kWhole) return outcome;
    if ((met & attribute->identity) != 0) return Outcome::kNotPlain;
    met |= attribute->identity;
    if (bytes_[at_] != '=') return Outcome::kNotPlain;
    ++at_;
    std::string_view value;
    outcome = AttributeValue(&value);
    if (outcome != Outcome::kWhole) return outcome;
    if (kEvents) attributes_.push_back({attribute->name, value});
  }
  const bool empty = bytes_[at_] == '/';
  if (empty) {
    if (++at_ == bytes_.size()) return Outcome::kCut;
    if (bytes_[at_] != '>') return Outcome::kNotPlain;
  }
  ++at_;
  if (kEvents) {
    Event& event = events_.emplace_back();
    event.kind = Kind::kStart;
    event.begin = begin;
    event.end = static_cast<uint32_t>(at_);
    event.name = name->name;
    event.first_attribute = first;
    event.attribute_count = static_cast<uint32_t>(attributes_.size()) - first;
    if (empty) {
      Event& end = events_.emplace_back();
      end.kind = Kind::kEnd;
      end.begin = begin;
      end.end = static_cast<uint32_t>(at_);
    }
  }
  if (!empty) open_.push_back(name);
  return Outcome::kWhole;
}

XmlPlain::Outcome XmlPlain::EndTag() {
  at_ += 2;
  const std::string& written = open_.back()->written;
  const std::string_view rest = bytes_.substr(at_);
  if (rest.size() <= written.size()) return Outcome::kCut;
  if (std::memcmp(rest.data(), written.data(), written.size()) != 0) {
    return Outcome::kNotPlain;
  }
  at_ += written.size();
  while (at_ < bytes_.size() && Is(bytes_[at_], kSpace)) ++at_;
  if (at_ == bytes_.size()) return Outcome::kCut;
  if (bytes_[at_] != '>') return Outcome::kNotPlain;
  ++at_;
  open_.pop_back();
  return Outcome::kWhole;
}

template <bool kEvents>
XmlPlain::Outcome XmlPlain::Text() {
  size_t piece = at_;
  const auto add = [&](std::string_view text) {
    if (!kEvents || text.empty()) return;
    events_.emplace_back().text = text;
  };
  while (true) {
    while (at_ < bytes_.size() && Is(bytes_[at_], kInText)) ++at_;
    if (at_ == bytes_.size()) return Outcome::kCut;
    const char c = bytes_[at_];
    Outcome outcome = Outcome::kNotPlain;
    if (c == '<') break;
    if (static_cast<uint8_t>(c) >= 0x80) {
      outcome = Multibyte();
    } else if (c == '&') {
      add(bytes_.substr(piece, at_ - piece));
      std::string_view meaning;
      outcome = Entity(&meaning);
      add(meaning);
      piece = at_;
    } else if (c == ']') {
      // "]]>" must not stand in text.
      if (bytes_.size() - at_ < 3) return Outcome::kCut;
      if (bytes_.substr(at_ + 1, 2) != "]>") outcome = Outcome::kWhole;
      ++at_;
    }
    if (outcome != Outcome::kWhole) return outcome;
  }
  add(bytes_.substr(piece, at_ - piece));
  return Outcome::kWhole;
}

template <bool kEvents>
XmlPlain::Outcome XmlPlain::Run(std::string_view bytes, const XmlName& name,
                                const XmlScope& scope, uint64_t depth) {
  if (scope.version() != version_) {
    known_.clear();
    slots_.fill(nullptr);
    version_ = scope.version();
  }
  bytes_ = bytes;
  at_ = 0;
  events_.clear();
  attributes_.clear();
  open_.clear();
  unescaped_.clear();
  unescaped_.reserve(bytes.size());
  if (bytes.substr(0, 1) != "<" || bytes.substr(0, 2) == "</") {
    return bytes.empty() ? Outcome::kCut : Outcome::kNotPlain;
  }
  do {
    Outcome outcome;
    if (at_ + 1 >= bytes_.size()) return Outcome::kCut;
    if (bytes_[at_] != '<') {
      outcome = Text<kEvents>();
    } else if (bytes_[at_ + 1] != '/') {
      outcome = StartTag<kEvents>(at_ == 0 ? &name : nullptr, scope, depth);
    } else {
      outcome = EndTag();
      if (kEvents && outcome == Outcome::kWhole) {
        Event& event = events_.emplace_back();
        event.kind = Kind::kEnd;
        event.end = static_cast<uint32_t>(at_);
      }
    }
    if (outcome != Outcome::kWhole) return outcome;
  } while (!open_.empty());
  return Outcome::kWhole;
}

XmlPlain::Outcome XmlPlain::Scan(std::string_view bytes, const XmlName& name,
                                 const XmlScope& scope, uint64_t depth) {
  return Run<true>(bytes, name, scope, depth);
}

XmlPlain::Outcome XmlPlain::Pass(std::string_view bytes, const XmlName& name,
                                 const XmlScope& scope, uint64_t depth) {
  return Run<false>(bytes, name, scope, depth);
}

}  // namespace collate::tabular
