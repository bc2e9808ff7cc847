#include "plugins/tabular/xml.h"

#include <expat.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

#include "plugins/tabular/decode.h"
#include "plugins/tabular/xml_plain.h"

namespace collate::tabular {
namespace {

constexpr char kSeparator = '\n';  // cannot stand in a namespace's name
constexpr size_t kChunk = 65536;
// Elements of which there are many are read without expat up to this size.
constexpr size_t kHeld = 4 * kChunk;

struct Space {
  std::string_view uri;
  Xmlns ns;
};

constexpr Space kSpaces[] = {
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
     Xmlns::kSheet},
    {"http://purl.oclc.org/ooxml/spreadsheetml/main", Xmlns::kSheet},
    {"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
     Xmlns::kWord},
    {"http://purl.oclc.org/ooxml/wordprocessingml/main", Xmlns::kWord},
    {"http://schemas.openxmlformats.org/markup-compatibility/2006",
     Xmlns::kMarkup},
    {"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
     Xmlns::kRelationship},
    {"http://purl.oclc.org/ooxml/officeDocument/relationships",
     Xmlns::kRelationship},
    {"http://schemas.openxmlformats.org/package/2006/relationships",
     Xmlns::kPackageRelationships},
    {"http://schemas.openxmlformats.org/package/2006/content-types",
     Xmlns::kContentTypes},
    {"urn:oasis:names:tc:opendocument:xmlns:office:1.0", Xmlns::kOffice},
    {"urn:oasis:names:tc:opendocument:xmlns:table:1.0", Xmlns::kTable},
    {"urn:oasis:names:tc:opendocument:xmlns:text:1.0", Xmlns::kText},
    {"urn:oasis:names:tc:opendocument:xmlns:style:1.0", Xmlns::kStyle},
    {"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0", Xmlns::kManifest},
    {"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
     Xmlns::kCalcExtension},
};

class Run {
 public:
  Run(EntryStream& stream, const XmlInput& input, const Budget& budget,
      XmlHandler& handler)
      : stream_(stream),
        input_(input),
        budget_(budget),
        handler_(handler),
        origin_(stream.position()),
        many_(handler.Many()),
        parser_(XML_ParserCreateNS(nullptr, kSeparator), &XML_ParserFree) {}

  Status Parse() {
    if (parser_ == nullptr) return Fail("XML_MEMORY", "no memory to read it");
    XML_Parser parser = parser_.get();
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &Start, &End);
    XML_SetCharacterDataHandler(parser, &Text);
    XML_SetNamespaceDeclHandler(parser, &Namespace, &NamespaceEnd);
    XML_SetCdataSectionHandler(parser, &CdataStart, &CdataEnd);
    XML_SetStartDoctypeDeclHandler(parser, &Doctype);
    XML_SetXmlDeclHandler(parser, &Declaration);
    COLLATE_TABULAR_RETURN_IF_ERROR(Feed(input_.head, false));
    std::vector<char> held(many_.local.empty() ? kChunk : kHeld);
    size_t size = 0;
    uint64_t left = input_.bytes;
    bool first = true;
    while (true) {
      size_t got = 0;
      COLLATE_TABULAR_RETURN_IF_ERROR(
          stream_.Read(held.data() + size,
                       static_cast<size_t>(std::min<uint64_t>(
                           std::min(kChunk, held.size() - size), left)),
                       &got));
      left -= got;
      size += got;
      if (std::exchange(first, false)) {
        COLLATE_TABULAR_RETURN_IF_ERROR(
            MeetEncoding(std::string_view(held.data(), size)));
      }
      const bool last = got == 0 || left == 0;
      const bool full = held.size() - size < kChunk;
      std::string_view bytes(held.data(), size);
      COLLATE_TABULAR_RETURN_IF_ERROR(TakeMany(last || full, &bytes));
      if (last) return Feed(bytes, !input_.fragment);
      std::memmove(held.data(), bytes.data(), bytes.size());
      size = bytes.size();
    }
  }

 private:
  // Hands on what the bytes hold and leaves of them the beginning of an element
  // of many, unless `all` is to be handed on but for the last of the part.
  Status TakeMany(bool all, std::string_view* bytes) {
    while (!bytes->empty()) {
      const size_t next = FindMany(*bytes, 0);
      COLLATE_TABULAR_RETURN_IF_ERROR(FeedFront(next, bytes));
      if (bytes->empty()) break;
      if (opening_version_ != scope_.version()) continue;
      if (!InContent()) {
        COLLATE_TABULAR_RETURN_IF_ERROR(FeedFront(FindMany(*bytes, 1), bytes));
        continue;
      }
      const bool pass = handler_.ReadingOfMany() == XmlHandler::Reading::kPass;
      const uint64_t depth = budget_.limits().xml_depth - depth_;
      const XmlPlain::Outcome outcome =
          pass ? plain_.Pass(*bytes, many_, scope_, depth)
               : plain_.Scan(*bytes, many_, scope_, depth);
      if (outcome == XmlPlain::Outcome::kCut && !all) break;
      // expat says what is wrong, if anything is.
      const bool names =
          names_.size() + plain_.names() <= budget_.limits().xml_names;
      if (outcome != XmlPlain::Outcome::kWhole || !names) {
        COLLATE_TABULAR_RETURN_IF_ERROR(FeedFront(
            FindMany(*bytes, std::max<size_t>(plain_.size(), 1)), bytes));
        continue;
      }
      if (!pass) COLLATE_TABULAR_RETURN_IF_ERROR(Report());
      const std::string_view taken = bytes->substr(0, plain_.size());
      for (size_t end = taken.find('\n'); end != std::string_view::npos;
           end = taken.find('\n', end + 1)) {
        ++spared_lines_;
      }
      spared_ += taken.size();
      bytes->remove_prefix(taken.size());
    }
    return OkStatus();
  }

  // Where an element of many may begin; before its namespace is declared the
  // end of the tag that may declare it, lest the first ones be missed.
  size_t FindMany(std::string_view bytes, size_t from) {
    if (many_.local.empty() || !utf8_) return bytes.size();
    if (opening_version_ != scope_.version()) {
      opening_ = scope_.Opening(many_);
      opening_version_ = scope_.version();
    }
    if (opening_.empty()) {
      const size_t tag = bytes.find('>', from);
      return tag == std::string_view::npos ? bytes.size() : tag + 1;
    }
    return std::min(bytes.find(opening_, from), bytes.size());
  }

  // That what comes next is neither inside a tag, a comment, a CDATA section or
  // an instruction nor outside of the root.
  bool InContent() const {
    const XML_Index at = XML_GetCurrentByteIndex(parser_.get());
    return !opening_.empty() && depth_ > 0 &&
           depth_ < budget_.limits().xml_depth && !in_cdata_ && at >= 0 &&
           static_cast<uint64_t>(at) == fed_;
  }

  Status Report() {
    const uint64_t begin = origin_ + fed_ - input_.head.size() + spared_;
    for (const XmlPlain::Event& event : plain_.events()) {
      switch (event.kind) {
        case XmlPlain::Kind::kStart:
          COLLATE_TABULAR_RETURN_IF_ERROR(handler_.OnStart(
              XmlElement(event.name,
                         std::span(plain_.attributes() + event.first_attribute,
                                   event.attribute_count),
                         begin + event.begin)));
          break;
        case XmlPlain::Kind::kEnd:
          COLLATE_TABULAR_RETURN_IF_ERROR(handler_.OnEnd(begin + event.end));
          break;
        case XmlPlain::Kind::kText:
          COLLATE_TABULAR_RETURN_IF_ERROR(handler_.OnText(event.text));
          break;
      }
    }
    return OkStatus();
  }

  Status FeedFront(size_t count, std::string_view* bytes) {
    if (count == 0) return OkStatus();
    const std::string_view front = bytes->substr(0, count);
    bytes->remove_prefix(count);
    return Feed(front, false);
  }

  Status Feed(std::string_view bytes, bool final) {
    if (bytes.empty() && !final) return OkStatus();
    fed_ += bytes.size();
    COLLATE_TABULAR_RETURN_IF_ERROR(Outcome(XML_Parse(
        parser_.get(), bytes.data(), static_cast<int>(bytes.size()), final)));
    const XML_Index at = XML_GetCurrentByteIndex(parser_.get());
    if (final || at < 0 || fed_ <= static_cast<uint64_t>(at)) {
      return OkStatus();
    }
    return Placed(budget_.CheckXmlToken(fed_ - static_cast<uint64_t>(at)));
  }

  Status MeetEncoding(std::string_view begin) {
    if (!input_.head.empty()) return OkStatus();  // it was UTF-8
    const auto byte = [&](size_t i) {
      return i < begin.size() ? static_cast<unsigned char>(begin[i]) : ' ';
    };
    // A byte order mark of UTF-16, or UTF-16 without one.
    const bool utf16 =
        begin.size() >= 2 && (byte(0) == 0 || byte(0) >= 0xF0 || byte(1) == 0);
    utf8_ = !utf16;
    return utf16 && input_.utf8_only ? NotUtf8("UTF-16") : OkStatus();
  }

  Status Outcome(XML_Status parsed) {
    // Carried across expat's C frames, which no exception may cross.
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
    if (!status_.ok()) return std::move(status_);
    if (parsed == XML_STATUS_OK) return OkStatus();
    const XML_Error error = XML_GetErrorCode(parser_.get());
    if (error == XML_ERROR_NO_MEMORY) {
      return Fail("XML_MEMORY", "no memory to read it");
    }
    if (error == XML_ERROR_INVALID_TOKEN ||
        error == XML_ERROR_UNKNOWN_ENCODING ||
        error == XML_ERROR_INCORRECT_ENCODING ||
        error == XML_ERROR_PARTIAL_CHAR) {
      int offset = 0, size = 0;
      const char* context = XML_GetInputContext(parser_.get(), &offset, &size);
      if (error != XML_ERROR_INVALID_TOKEN ||
          (context != nullptr && offset < size &&
           HasBadText(std::string_view(context + offset,
                                       static_cast<size_t>(size - offset))))) {
        Status status = Fail("BAD_ENCODING", "not text in its encoding");
        status.error().expected = "well-formed UTF-8 without NUL";
        return status;
      }
    }
    return Fail("XML_SYNTAX", XML_ErrorString(error));
  }

  // expat names the token, not the byte; the byte is near its beginning.
  static bool HasBadText(std::string_view text) {
    for (size_t i = 0; i < std::min<size_t>(text.size(), 256);) {
      const int length = Utf8Length(text, i);
      if (length == 0) return true;
      if (length < 0) return false;  // cut by the buffer's end
      if (text[i] == '<' && i > 0) return false;
      i += static_cast<size_t>(length);
    }
    return false;
  }

  Status Placed(Status status) const {
    if (!status.ok()) status.error().message += Where();
    return status;
  }

  std::string Where() const {
    std::string where = ", in " + Printable(stream_.name());
    if (parser_ != nullptr) {
      where +=
          " line " + std::to_string(XML_GetCurrentLineNumber(parser_.get()) +
                                    spared_lines_);
    }
    return where;
  }

  Status Fail(const char* reason, const char* message) const {
    const bool memory = std::string_view(reason) == "XML_MEMORY";
    return Status(Error{
        .code = memory ? Code::kResourceExhausted : Code::kInvalidArgument,
        .reason = reason,
        .message = message + Where(),
        .expected = "well-formed XML within the limits"});
  }

  Status NotUtf8(std::string_view encoding) const {
    Status status = Fail("BAD_ENCODING", "not in UTF-8");
    status.error().expected = "UTF-8";
    status.error().found = Printable(std::string(encoding));
    return status;
  }

  // The position in the part of the event that expat reports now.
  uint64_t Position() const {
    const auto at =
        static_cast<uint64_t>(XML_GetCurrentByteIndex(parser_.get()));
    return origin_ + at - std::min<uint64_t>(at, input_.head.size()) + spared_;
  }

  // expat keeps every name that it meets until the part ends.
  Status MeetName(std::string_view name) {
    if (!names_.insert(std::hash<std::string_view>()(name)).second) {
      return OkStatus();
    }
    return Placed(budget_.CheckXmlNames(names_.size()));
  }

  template <typename Body>
  static void Guarded(void* state, Body body) {
    Run& run = *static_cast<Run*>(state);
    // expat may still report a little after it was told to stop.
    if (!run.status_.ok() || run.thrown_ != nullptr) return;
    try {
      run.status_ = body(run);
      if (run.status_.ok()) return;
    } catch (...) {
      run.thrown_ = std::current_exception();
    }
    XML_StopParser(run.parser_.get(), XML_FALSE);
  }

  static void Start(void* state, const char* name, const char** attributes) {
    Guarded(state, [&](Run& run) {
      COLLATE_TABULAR_RETURN_IF_ERROR(
          run.Placed(run.budget_.CheckXmlDepth(++run.depth_)));
      COLLATE_TABULAR_RETURN_IF_ERROR(run.MeetName(name));
      run.attributes_.clear();
      for (const char** at = attributes; *at != nullptr; at += 2) {
        COLLATE_TABULAR_RETURN_IF_ERROR(run.MeetName(at[0]));
        run.attributes_.push_back({Resolve(at[0]), at[1]});
      }
      return run.handler_.OnStart(
          XmlElement(Resolve(name), run.attributes_, run.Position()));
    });
  }

  static void End(void* state, const char* name) {
    Guarded(state, [&](Run& run) {
      --run.depth_;
      return run.handler_.OnEnd(
          run.Position() +
          static_cast<uint64_t>(XML_GetCurrentByteCount(run.parser_.get())));
    });
  }

  static void Text(void* state, const char* text, int length) {
    Guarded(state, [&](Run& run) {
      return run.handler_.OnText(
          std::string_view(text, static_cast<size_t>(length)));
    });
  }

  static void Namespace(void* state, const char* prefix, const char* uri) {
    Guarded(state, [&](Run& run) {
      COLLATE_TABULAR_RETURN_IF_ERROR(
          run.MeetName(prefix == nullptr ? "" : prefix));
      const std::string_view named = uri == nullptr ? "" : uri;
      run.scope_.Declare(prefix == nullptr ? "" : prefix, XmlnsOf(named));
      run.handler_.OnNamespace(prefix == nullptr ? "" : prefix, named);
      return OkStatus();
    });
  }

  static void NamespaceEnd(void* state, const char*) {
    Guarded(state, [](Run& run) {
      run.scope_.Undeclare();
      return OkStatus();
    });
  }

  static void CdataStart(void* state) {
    static_cast<Run*>(state)->in_cdata_ = true;
  }

  static void CdataEnd(void* state) {
    static_cast<Run*>(state)->in_cdata_ = false;
  }

  static void Doctype(void* state, const char*, const char*, const char*, int) {
    Guarded(state, [](Run& run) {
      Status status =
          run.Fail("XML_DTD_FORBIDDEN", "a document type is declared");
      status.error().expected = "no DOCTYPE, hence no entities";
      return status;
    });
  }

  static void Declaration(void* state, const char*, const char* encoding, int) {
    Guarded(state, [&](Run& run) {
      if (encoding == nullptr) return OkStatus();
      Encoding declared;
      const std::string_view name(encoding);
      if (ParseEncoding(name, &declared).ok() && declared == Encoding::kUtf8) {
        return OkStatus();
      }
      run.utf8_ = false;
      return run.input_.utf8_only ? run.NotUtf8(name) : OkStatus();
    });
  }

  static XmlName Resolve(const char* expanded) {
    const std::string_view name(expanded);
    const size_t cut = name.find(kSeparator);
    if (cut == std::string_view::npos) return XmlName{Xmlns::kNone, name};
    return XmlName{XmlnsOf(name.substr(0, cut)), name.substr(cut + 1)};
  }

  EntryStream& stream_;
  const XmlInput& input_;
  const Budget& budget_;
  XmlHandler& handler_;
  const uint64_t origin_;
  const XmlName many_;
  uint64_t fed_ = 0;     // bytes, to expat
  uint64_t spared_ = 0;  // bytes that were plain
  uint64_t spared_lines_ = 0;
  uint64_t depth_ = 0;  // of expat's elements
  bool utf8_ = true;    // as far as is known
  bool in_cdata_ = false;
  XmlScope scope_;
  std::string opening_;  // of an element of many, in that version of the scope
  uint64_t opening_version_ = UINT64_MAX;
  XmlPlain plain_;
  std::vector<XmlAttribute> attributes_;
  std::unordered_set<size_t> names_;  // hashes
  Status status_;
  std::exception_ptr thrown_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)>
      parser_;
};

}  // namespace

Xmlns XmlnsOf(std::string_view uri) {
  if (uri.empty()) return Xmlns::kNone;
  for (const Space& space : kSpaces) {
    if (space.uri == uri) return space.ns;
  }
  return Xmlns::kOther;
}

Status PathHandler::OnStart(const XmlElement& element) {
  const int parent = this->state();
  int state = kSkip;
  if (parent != kSkip) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Enter(parent, element, &state));
  }
  states_.push_back(state);
  return OkStatus();
}

Status PathHandler::OnEnd(uint64_t byte_end) {
  const int state = states_.back();
  states_.pop_back();
  return state == kSkip ? OkStatus() : Leave(state, byte_end);
}

Status PathHandler::OnText(std::string_view text) {
  if (states_.empty() || states_.back() == kSkip) return OkStatus();
  return Text(states_.back(), text);
}

Status ParseXml(EntryStream& stream, const XmlInput& input,
                const Budget& budget, XmlHandler& handler) {
  return Run(stream, input, budget, handler).Parse();
}

Status ParseXml(Archive& archive, size_t entry, const Budget& budget,
                XmlHandler& handler) {
  std::unique_ptr<EntryStream> stream;
  COLLATE_TABULAR_RETURN_IF_ERROR(archive.OpenEntry(entry, &stream));
  return ParseXml(*stream, XmlInput(), budget, handler);
}

}  // namespace collate::tabular
