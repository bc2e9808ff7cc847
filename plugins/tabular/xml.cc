#include "plugins/tabular/xml.h"

#include <expat.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

#include "plugins/tabular/decode.h"

namespace collate::tabular {
namespace {

constexpr char kSeparator = '\n';  // cannot stand in a namespace's name
constexpr int kChunk = 65536;

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
        parser_(XML_ParserCreateNS(nullptr, kSeparator), &XML_ParserFree) {}

  Status Parse() {
    if (parser_ == nullptr) return Fail("XML_MEMORY", "no memory to read it");
    XML_Parser parser = parser_.get();
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &Start, &End);
    XML_SetCharacterDataHandler(parser, &Text);
    XML_SetNamespaceDeclHandler(parser, &Namespace, nullptr);
    XML_SetStartDoctypeDeclHandler(parser, &Doctype);
    XML_SetXmlDeclHandler(parser, &Declaration);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Feed(input_.head.data(), input_.head.size()));
    uint64_t left = input_.bytes;
    while (true) {
      void* buffer = XML_GetBuffer(parser, kChunk);
      if (buffer == nullptr) return Fail("XML_MEMORY", "no memory to read it");
      size_t got = 0;
      COLLATE_TABULAR_RETURN_IF_ERROR(stream_.Read(
          static_cast<char*>(buffer),
          static_cast<size_t>(std::min<uint64_t>(kChunk, left)), &got));
      left -= got;
      if (input_.utf8_only && fed_ == 0) {
        // A byte order mark of UTF-16, or UTF-16 without one.
        const auto* bytes = static_cast<const unsigned char*>(buffer);
        if (got >= 2 && (bytes[0] == 0 || bytes[0] >= 0xF0 || bytes[1] == 0)) {
          return NotUtf8("UTF-16");
        }
      }
      const bool last = got == 0 || left == 0;
      const bool final = last && !input_.fragment;
      fed_ += got;
      const XML_Status parsed =
          XML_ParseBuffer(parser, static_cast<int>(got), final);
      COLLATE_TABULAR_RETURN_IF_ERROR(Outcome(parsed));
      if (last) return OkStatus();
      const XML_Index at = XML_GetCurrentByteIndex(parser);
      if (at >= 0 && fed_ > static_cast<uint64_t>(at)) {
        COLLATE_TABULAR_RETURN_IF_ERROR(
            Placed(budget_.CheckXmlToken(fed_ - static_cast<uint64_t>(at))));
      }
    }
  }

 private:
  Status Feed(const char* bytes, size_t count) {
    if (count == 0) return OkStatus();
    fed_ += count;
    return Outcome(
        XML_Parse(parser_.get(), bytes, static_cast<int>(count), XML_FALSE));
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
          " line " + std::to_string(XML_GetCurrentLineNumber(parser_.get()));
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
    return origin_ + at - std::min<uint64_t>(at, input_.head.size());
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
      for (const char** at = attributes; *at != nullptr; at += 2) {
        COLLATE_TABULAR_RETURN_IF_ERROR(run.MeetName(*at));
      }
      return run.handler_.OnStart(
          XmlElement(XmlElement::Resolve(name), attributes, run.Position()));
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
      run.handler_.OnNamespace(prefix == nullptr ? "" : prefix,
                               uri == nullptr ? "" : uri);
      return OkStatus();
    });
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
      if (!run.input_.utf8_only || encoding == nullptr) return OkStatus();
      Encoding declared;
      const std::string_view name(encoding);
      if (ParseEncoding(name, &declared).ok() && declared == Encoding::kUtf8) {
        return OkStatus();
      }
      return run.NotUtf8(name);
    });
  }

  EntryStream& stream_;
  const XmlInput& input_;
  const Budget& budget_;
  XmlHandler& handler_;
  const uint64_t origin_;
  uint64_t fed_ = 0;
  uint64_t depth_ = 0;
  std::unordered_set<size_t> names_;  // hashes
  Status status_;
  std::exception_ptr thrown_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)>
      parser_;
};

}  // namespace

XmlName XmlElement::Resolve(const char* expanded) {
  const std::string_view name(expanded);
  const size_t cut = name.find(kSeparator);
  if (cut == std::string_view::npos) return XmlName{Xmlns::kNone, name};
  const std::string_view uri = name.substr(0, cut);
  for (const Space& space : kSpaces) {
    if (space.uri == uri) return XmlName{space.ns, name.substr(cut + 1)};
  }
  return XmlName{Xmlns::kOther, name.substr(cut + 1)};
}

bool XmlElement::Get(Xmlns space, std::string_view local,
                     std::string_view* value) const {
  for (const char* const* at = attributes_; *at != nullptr; at += 2) {
    if (Resolve(at[0]).Is(space, local)) {
      *value = at[1];
      return true;
    }
  }
  return false;
}

Status PathHandler::OnStart(const XmlElement& element) {
  const int parent = states_.empty() ? kDocument : states_.back();
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
